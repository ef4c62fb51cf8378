"""The payer's screen as it is installed: the flags and the managed policy hold in the real Chromium.

The policy is put where Chromium looks for it in a mount namespace of the test's own, so that no other browser of this machine
sees it. Where that is not allowed, the tests say so and are skipped; in a container it needs the right to mount.
"""

import contextlib
import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Error, Page

from tests.pages.browser import FLAGS, Kiosk
from tests.web.service_bench import Machine

ROOT = Path(__file__).parents[2]
SYSTEMD = ROOT / "systemd"
POLICY: dict[str, Any] = json.loads((SYSTEMD / "chromium-policy.json").read_text("utf-8"))
SHUT_TO_TESTS = ("RemoteDebuggingAllowed", "DeveloperToolsAvailability")
"""With these nothing could drive the browser; that they hold is a test of its own."""
LAUNCHER = """#!/bin/sh
exec unshare --mount --map-root-user sh -c '
mount -t tmpfs none /etc/chromium && mkdir -p /etc/chromium/policies/managed &&
cp "$POLICY" /etc/chromium/policies/managed/ && exec /usr/bin/chromium "$@"' sh "$@"
"""
PAGE = b"""<!doctype html><title>page</title><style>body { height: 3000px }</style>
<a id="file" href="file:///etc/hostname">a file</a>
<a id="elsewhere" href="http://localhost:PORT/">elsewhere</a>"""
POLICIES_SHOWN = """() => {
  const rows = [];
  const look = (root) => root.querySelectorAll("*").forEach((each) => {
    if (each.localName === "policy-row") {
      const text = (name) => each.shadowRoot.querySelector(name)?.textContent.trim() || "";
      rows.push([text(".policy.row .name, .name"), text(".policy.row .messages, .messages")]);
    }
    if (each.shadowRoot) look(each.shadowRoot);
  });
  look(document);
  return rows;
}"""


def may_mount() -> bool:
    """Whether this test may make a mount namespace."""
    command = ["unshare", "--mount", "--map-root-user", "mount", "-t", "tmpfs", "none", "/etc/chromium"]
    return subprocess.run(command, capture_output=True).returncode == 0


needs_namespace = pytest.mark.skipif(
    not may_mount(), reason="NOT TESTED: Chromium's managed policy, because no mount namespace can be made here"
)


ASKED_FOR = threading.Event()
"""The file was asked for."""


class _Served(BaseHTTPRequestHandler):
    """A page with ways out of it, and a file to download."""

    def do_GET(self) -> None:
        self.send_response(200)
        if self.path == "/file":
            ASKED_FOR.set()
            self.send_header("Content-Disposition", "attachment; filename=taken.bin")
        self.send_header("Content-Type", "application/octet-stream" if self.path == "/file" else "text/html")
        self.end_headers()
        self.wfile.write(PAGE.replace(b"PORT", self.headers["Host"].rpartition(":")[2].encode()))

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where the page is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Served)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()


def flags() -> list[str]:
    """Chromium's flags as the unit has them, but for the address."""
    unit = (SYSTEMD / "fee-terminal-screen.service").read_text("utf-8").replace("\\\n", " ")
    words = str(re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)[0]).split()
    assert words[:4] == ["/usr/bin/cage", "-d", "--", "/usr/bin/chromium"]
    assert words[-1] == "http://127.0.0.1:8080/"
    return words[4:-1]


def launcher(folder: Path, policy: dict[str, Any]) -> tuple[Path, dict[str, str]]:
    """A program that starts Chromium with that policy, and the environment that it needs."""
    (folder / "policy.json").write_text(json.dumps(policy))
    program = folder / "chromium"
    program.write_text(LAUNCHER)
    program.chmod(0o755)
    return program, {**os.environ, "POLICY": str(folder / "policy.json")}


def for_port(policy: dict[str, Any], port: int) -> dict[str, Any]:
    """The policy for a page that is served elsewhere on this machine."""
    moved: dict[str, Any] = json.loads(json.dumps(policy).replace("127.0.0.1:8080", f"127.0.0.1:{port}"))
    return moved


@pytest.fixture(scope="module")
def locked(browser: Browser, port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium with the unit's flags and policy, for the page at hand; it may also look at its own policy."""
    policy = for_port({name: value for name, value in POLICY.items() if name not in SHUT_TO_TESTS}, port)
    policy["URLAllowlist"].append("chrome://policy")
    program, environment = launcher(tmp_path_factory.mktemp("policy"), policy)
    of_the_unit = [flag for flag in flags() if not flag.startswith(("--user-data-dir", "--ozone-platform"))]
    args = [*FLAGS, *of_the_unit]
    launched = browser.browser_type.launch(executable_path=program, args=args, env={**environment})
    yield launched
    launched.close()


@pytest.fixture
def page(locked: Browser, port: int) -> Iterator[Page]:
    """The page, on a touch screen."""
    context = locked.new_context(has_touch=True, viewport={"width": 1024, "height": 600})
    made = context.new_page()
    made.goto(f"http://127.0.0.1:{port}/")
    yield made
    context.close()


@needs_namespace
def test_chromium_knows_each_policy(page: Page) -> None:
    """Chromium itself says of every line that it is in force: none is unknown, wrong, or ignored."""
    page.goto("chrome://policy")
    page.wait_for_timeout(1500)
    rows = page.evaluate(POLICIES_SHOWN)
    states = {name: state for name, state in rows if name and state != "Not set."}
    expected = {name: "OK" for name in POLICY if name not in SHUT_TO_TESTS}
    assert states == expected


@needs_namespace
@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/",
        "http://127.0.0.1:1/",
        "file:///etc/hostname",
        "chrome://version",
        "chrome://flags",
        "view-source:http://127.0.0.1/",
        "data:text/html,hello",
        "ftp://127.0.0.1/",
    ],
)
def test_addresses_that_are_blocked(page: Page, address: str) -> None:
    """Nothing opens but the terminal's own page: no net, no files, no pages of the browser."""
    with pytest.raises(Error, match="ERR_BLOCKED_BY_ADMINISTRATOR"):
        page.goto(address)


@needs_namespace
def test_ways_out_of_the_page(page: Page, port: int) -> None:
    """Links to files and to other places lead nowhere, and scripts can not fetch from elsewhere."""
    here = page.url
    page.locator("#file").tap()
    page.wait_for_timeout(500)
    assert page.url == here
    page.locator("#elsewhere").tap()
    page.wait_for_timeout(500)
    assert "localhost" not in page.url
    page.goto(here)
    fetched = f"fetch('http://localhost:{port}/', {{mode: 'no-cors'}}).then(() => 'fetched', () => 'refused')"
    assert page.evaluate(fetched) == "refused"


@needs_namespace
@pytest.mark.parametrize("restricted", [False, True])
def test_nothing_is_downloaded(tmp_path: Path, port: int, restricted: bool) -> None:
    """A file that the address offers is saved without that one line of the policy, and not with it."""
    policy = for_port(POLICY, port)
    if not restricted:
        del policy["DownloadRestrictions"]
    program, environment = launcher(tmp_path, policy)
    command = [str(program), *FLAGS, f"--user-data-dir={tmp_path}/profile", f"http://127.0.0.1:{port}/file"]
    ASKED_FOR.clear()
    with subprocess.Popen(command, env=environment | {"HOME": str(tmp_path)}, stderr=subprocess.DEVNULL) as started:
        assert ASKED_FOR.wait(30)
        give_up_s = time.monotonic() + (3 if restricted else 20)
        while not (saved := list(tmp_path.rglob("taken*.bin"))) and time.monotonic() < give_up_s:
            time.sleep(0.1)
        started.terminate()
    assert bool(saved) is not restricted


@needs_namespace
def test_nobody_debugs_it(tmp_path: Path) -> None:
    """The whole policy, as it is installed, shuts remote debugging."""
    program, environment = launcher(tmp_path, POLICY)
    command = [
        str(program), *FLAGS, "--remote-debugging-port=0", f"--user-data-dir={tmp_path}/profile", "about:blank"
    ]  # fmt: skip
    started = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    watchdog = threading.Timer(30, started.kill)
    watchdog.start()
    assert started.stderr is not None
    said = ""
    for line in started.stderr:
        said += line
        if "DevTools" in line:
            break
    started.terminate()
    started.wait(20)
    watchdog.cancel()
    started.stderr.close()
    assert "DevTools remote debugging is disallowed by the system admin" in said


def test_flags_are_known_to_this_chromium() -> None:
    """Each flag of the unit is a word of the program: a flag that was dropped upstream is noticed here."""
    program = Path("/usr/lib/chromium/chromium").read_bytes()
    for flag in flags():
        name = flag.removeprefix("--").partition("=")[0]
        assert b"\0" + name.encode() + b"\0" in program, flag


def test_the_policy_allows_what_the_unit_opens() -> None:
    """Unit, wait and policy mean the same address."""
    unit = (SYSTEMD / "fee-terminal-screen.service").read_text("utf-8")
    assert POLICY["URLAllowlist"] == ["http://127.0.0.1:8080"]
    assert unit.count("http://127.0.0.1:8080/\n") == 2


def watch(port: int, user: str) -> str:
    """The watch's own script for a terminal at that port and a screen of that user; what it would do, "" for nothing."""
    unit = (SYSTEMD / "fee-terminal-screen-watch.service").read_text("utf-8").replace("\\\n", " ")
    script = re.findall(r"^ExecStart=/bin/sh -c '(.*)'$", unit, re.MULTILINE)[0].replace("$$", "$")
    for meant, here in (
        (":8080", f":{port}"),
        ("fee-screen)", f"{user})"),
        ("sleep 10", "sleep 0.2"),
        ("systemctl restart", "echo restart"),
    ):
        assert meant in script
        script = script.replace(meant, here)
    return subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED: the watch, because only root can be several users")
def test_the_watch_counts_the_screens_own_line_alone() -> None:
    """A line of the screen's user is a living page; one of anybody else is none, nor are there any when the terminal is away."""
    kiosk = Kiosk()
    follow = f"""import socket
line = socket.create_connection(("127.0.0.1", {kiosk.server.port}))
line.sendall(b"GET /events HTTP/1.1\\r\\nHost: 127.0.0.1:{kiosk.server.port}\\r\\n\\r\\n")
print(line.recv(100), flush=True)
line.recv(1 << 20) and input()"""
    with subprocess.Popen(
        ["/usr/bin/python3", "-c", follow], user="daemon", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as browser_of_daemon:
        assert browser_of_daemon.stdout is not None
        assert b"200 OK" in browser_of_daemon.stdout.readline()
        assert watch(kiosk.server.port, "daemon") == ""
        assert "restart fee-terminal-screen.service" in watch(kiosk.server.port, "nobody")
        browser_of_daemon.kill()
    assert "restart fee-terminal-screen.service" in watch(kiosk.server.port, "daemon")
    kiosk.server.stop()
    assert watch(kiosk.server.port, "daemon") == ""


@pytest.mark.parametrize("path", ["", "service"])
def test_a_crashed_page_loses_its_line(browser: Browser, path: str, tmp_path: Path) -> None:
    """What the watch goes by: a page that lives has a line to the terminal, also at the staff's gate; a crashed one has none."""
    machine = Machine(tmp_path)

    def lives() -> bool:
        asked = f'ss -Htn state established "dport = :{machine.server.port}"'
        return bool(subprocess.run(asked, shell=True, capture_output=True, check=True).stdout)

    def stays(alive: bool) -> bool:
        """For as long as three looks of the watch, here in quick succession, after a while to get there."""
        give_up_s = time.monotonic() + 15
        while lives() is not alive and time.monotonic() < give_up_s:
            time.sleep(0.1)
        looks = []
        for _ in range(5):
            looks.append(lives() is alive)
            time.sleep(0.3)
        return all(looks)

    page = browser.new_page()
    page.goto(f"http://{machine.host}/{path}")
    page.locator("#frame" if not path else "main h2").first.wait_for()
    assert stays(True)
    with contextlib.suppress(Error):
        page.goto("chrome://crash", timeout=2000)
    assert stays(False)
    machine.stop()


def test_two_fingers_do_not_zoom_the_service_page(browser: Browser, tmp_path: Path) -> None:
    """It is on the same screen: fingers that spread leave it as large as it was, at the gate and over a button."""
    machine = Machine(tmp_path)
    machine.open_door()
    context = browser.new_context(has_touch=True, viewport={"width": 1024, "height": 600})
    page = context.new_page()
    page.goto(machine.url)
    page.locator("[data-press='5']").wait_for()
    session = context.new_cdp_session(page)
    for middle in ({"x": 400, "y": 300}, {"x": 800, "y": 300}):
        spread(page, session, middle)
        assert page.evaluate("visualViewport.scale") == 1
    context.close()
    machine.stop()


def spread(page: Page, session: CDPSession, middle: dict[str, int]) -> None:
    """Two fingers go apart there."""
    for x in (20, 60, 120, 200):
        points = [{**middle, "x": middle["x"] + side * x, "id": max(0, side)} for side in (-1, 1)]
        kind = "touchStart" if x == 20 else "touchMove"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.wait_for_timeout(60)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(200)


def test_two_fingers_do_not_zoom_the_payers_page(browser: Browser) -> None:
    """Fingers that spread leave the page as large as it was, whatever becomes of the flag."""
    kiosk = Kiosk()
    context = browser.new_context(has_touch=True, viewport={"width": 1024, "height": 600})
    page = context.new_page()
    page.goto(kiosk.url)
    page.locator("#frame").wait_for()
    spread(page, context.new_cdp_session(page), {"x": 400, "y": 300})
    assert page.evaluate("visualViewport.scale") == 1
    context.close()
    kiosk.server.stop()


def test_pages_open_no_windows() -> None:
    """A new window would lie on top and could not be closed: no page of ours asks for one."""
    web = ROOT / "terminal" / "web"
    sources = [path for path in web.rglob("*") if path.suffix in (".html", ".js")]
    assert len(sources) > 10
    for path in sources:
        assert not re.search(r"window\.open|target\s*[=:]|\.print\(", path.read_text("utf-8")), path
