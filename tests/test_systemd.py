"""The service files keep what the guides promise: not root, watched, restarted, locked in; systemd has nothing against them."""

import re
import shutil
import socket
import subprocess
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

FILES = Path(__file__).parents[1] / "systemd"
DOCS = Path(__file__).parents[1] / "docs"
INSTALL = (DOCS / "install.md").read_text("utf-8")
SCREEN_GUIDE = (DOCS / "kiosk-screen.md").read_text("utf-8")


def settings(section: str, unit: str = "fee-terminal.service") -> dict[str, list[str]]:
    """All values of one section of a unit, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    current = ""
    for line in (FILES / unit).read_text("utf-8").replace("\\\n", " ").splitlines():
        if line.startswith("["):
            current = line.strip("[]")
        elif current == section and line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found[name].append(value)
    return found


SERVICE = settings("Service")
SCREEN = settings("Service", "fee-terminal-screen.service")
HARDENING = {
    "NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "AmbientCapabilities": "", "ProtectSystem": "strict",
    "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateUsers": "yes", "PrivateMounts": "yes", "DevicePolicy": "closed",
    "ProtectClock": "yes", "ProtectHostname": "yes", "ProtectKernelLogs": "yes", "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes", "ProtectControlGroups": "yes", "ProtectProc": "invisible",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6", "RestrictNamespaces": "yes", "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes", "LockPersonality": "yes", "MemoryDenyWriteExecute": "yes", "RemoveIPC": "yes",
    "SystemCallArchitectures": "native", "UMask": "0077",
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), HARDENING.items())
def test_hardening(name: str, value: str) -> None:
    """Each lock of the list is on, and set once."""
    assert SERVICE[name] == [value]


def test_system_calls_and_limits() -> None:
    """Only what a service needs, without what is privileged or takes resources from others; bounded in size."""
    assert SERVICE["SystemCallFilter"] == ["@system-service", "~@privileged @resources"]
    assert re.fullmatch(r"\d+M", SERVICE["MemoryMax"][0])
    assert SERVICE["TasksMax"][0].isdigit()


def test_not_root_and_only_its_own_data_is_writable() -> None:
    """A user of its own, and no writable place but the data directory and the run directory."""
    assert (
        SERVICE["User"]
        == SERVICE["Group"]
        == SERVICE["StateDirectory"]
        == SERVICE["RuntimeDirectory"]
        == ["fee-terminal"]
    )
    assert "ReadWritePaths" not in SERVICE
    assert SERVICE["WorkingDirectory"] == ["/run/fee-terminal"]


def test_watched_and_restarted() -> None:
    """The pump must speak in time; whatever ends the program, it starts again, and never gives up trying."""
    assert SERVICE["Type"] == ["notify"]
    assert 0 < int(SERVICE["WatchdogSec"][0]) <= 15
    assert SERVICE["Restart"] == ["always"]
    assert settings("Unit")["StartLimitIntervalSec"] == ["0"]
    assert SERVICE["ExecStart"] == ["/opt/fee-terminal/bin/fee-terminal run -c /etc/fee-terminal/terminal.toml"]


def test_devices_have_a_group_and_a_driver() -> None:
    """Serial lines, scanner keys, printers and pins: allowed, in a group of the user's, their drivers loaded before."""
    allowed = {line.removesuffix(" rw").removeprefix("char-") for line in SERVICE["DeviceAllow"]}
    assert allowed == {"ttyUSB", "ttyACM", "ttyAMA", "ttyS", "input", "usb_device", "usb", "gpiochip"}
    groups = re.findall(r"^m fee-terminal (\w+)$", (FILES / "fee-terminal.sysusers").read_text("utf-8"), re.MULTILINE)
    assert groups == ["dialout", "input", "lp", "gpio"]
    modules = [line for line in (FILES / "fee-terminal.modules").read_text("utf-8").splitlines() if line[0] != "#"]
    assert modules == ["usbserial", "cdc_acm", "usblp"]
    assert "systemd-modules-load.service" in settings("Unit")["After"][0]


@pytest.mark.parametrize("file", sorted(path.name for path in FILES.glob("*.rules")))
def test_udev_rules_are_well_formed(file: str) -> None:
    """Each rule is a list of comparisons and assignments, those that wait behind a # included."""
    part = r'[A-Z]+(\{[\w/]+\})?(==|!=|\+=|=)"[^"]*"'
    for line in (FILES / file).read_text("utf-8").splitlines():
        rule = line.removeprefix("#")
        prose = not line or line.startswith("# ") or line == "#"
        assert prose or re.fullmatch(rf"{part}(, {part})*", rule), line


def test_udev_rules_give_the_names_that_are_used() -> None:
    """The names of the example configuration come from the rules."""
    rules = (FILES / "60-fee-terminal.rules").read_text("utf-8")
    example = (FILES.parent / "docs" / "examples" / "kiosk.toml").read_text("utf-8")
    named = set(re.findall(r'SYMLINK\+="([^"]+)"', rules))
    used = set(re.findall(r'"/dev/(fee-terminal/[\w-]+)"', example))
    assert used
    assert used <= named


@pytest.mark.parametrize("file", sorted(path.name for path in FILES.iterdir()))
def test_each_file_is_installed(file: str) -> None:
    """The installation guide, or that of the screen, puts every file into its place."""
    assert f"systemd/{file}" in INSTALL + SCREEN_GUIDE


# --- the payer's screen -----------------------------------------------------------------------------------------------
def test_the_screen_has_a_user_and_a_session_of_its_own() -> None:
    """Neither root nor the terminal's user: it can not read journal or keys, and nobody logs in as it."""
    assert SCREEN["User"] == ["fee-screen"]
    assert SCREEN["PAMName"] == ["fee-terminal-screen"]
    sysusers = (FILES / "fee-terminal-screen.sysusers").read_text("utf-8")
    assert re.findall(r"^([um]) fee-screen (\S+)", sysusers, re.MULTILINE) == [
        ("u", "-"),
        ("m", "video"),
        ("m", "render"),
    ]
    pam = (FILES / "fee-terminal-screen.pam").read_text("utf-8")
    assert re.search(r"^auth\s+requisite\s+pam_deny\.so$", pam, re.MULTILINE)
    assert re.search(r"^session\s+required\s+pam_systemd\.so$", pam, re.MULTILINE)


def test_the_screen_waits_and_comes_again() -> None:
    """It waits for the page without an end, is started again whatever ends it, and goes first when memory is short."""
    assert SCREEN["TimeoutStartSec"] == ["infinity"]
    assert "http://127.0.0.1:8080/" in SCREEN["ExecStartPre"][0]
    assert SCREEN["Restart"] == ["always"]
    assert settings("Unit", "fee-terminal-screen.service")["StartLimitIntervalSec"] == ["0"]
    assert int(SCREEN["OOMScoreAdjust"][0]) > int(SERVICE["OOMScoreAdjust"][0])


@pytest.mark.skipif(not shutil.which("curl"), reason="NOT TESTED: there is no curl to wait with")
def test_the_wait_ends_when_the_page_is_there() -> None:
    """Longer than one try may take there is nobody, then somebody who is not ready, then the page: only that ends the wait."""
    answers = iter((503, 200))

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(next(answers))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = SCREEN["ExecStartPre"][0].replace(":8080", f":{port}").split()
    with subprocess.Popen(command) as waiting:
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(6)
        with ThreadingHTTPServer(("127.0.0.1", port), Answers) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            assert waiting.wait(20) == 0
            server.shutdown()
    assert next(answers, None) is None


def test_the_browser_keeps_its_sandbox_and_leaves_no_trace() -> None:
    """No flag weakens Chromium, none of its locks is in the way of its own sandbox, and its profile is in memory."""
    command = SCREEN["ExecStart"][0]
    assert "no-sandbox" not in command
    assert not {"RestrictNamespaces", "MemoryDenyWriteExecute", "SystemCallFilter"} & set(SCREEN)
    assert not {"ProtectHome", "ProtectClock", "DeviceAllow"} & set(SCREEN), (
        "takes the compositor's socket or graphics away"
    )
    assert "/var/lib/fee-terminal" in SCREEN["InaccessiblePaths"][0]
    assert SCREEN["NoNewPrivileges"] == ["yes"]
    assert f"--user-data-dir=/run/{SCREEN['RuntimeDirectory'][0]}/" in command


def test_only_touch_reaches_the_screen() -> None:
    """Every other input device is ignored by what shows the page; the rule comes after udev has told the kinds apart."""
    (file,) = FILES.glob("*-screen.rules")
    assert int(file.name.partition("-")[0]) > 60
    rules = [line for line in file.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert rules == [
        'SUBSYSTEM=="input", KERNEL=="event*", ENV{ID_INPUT_TOUCHSCREEN}!="1", ENV{LIBINPUT_IGNORE_DEVICE}="1"'
    ]


ANALYZE = shutil.which("systemd-analyze")
LIBRARY = Path("/usr/lib/systemd/system")


@pytest.mark.skipif(not (ANALYZE and LIBRARY.is_dir()), reason="NOT TESTED: systemd is not here to verify the units")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """`systemd-analyze verify` has not a word against them, beside the programs that they start; it does find a mistake."""
    units = tmp_path / "etc" / "systemd" / "system"
    shutil.copytree(LIBRARY, tmp_path / LIBRARY.relative_to("/"), symlinks=True)
    units.mkdir(parents=True)
    names = sorted(path.name for path in FILES.iterdir() if path.suffix in (".service", ".timer"))
    for name in names:
        shutil.copy(FILES / name, units)
    for line in (line for name in names for line in (FILES / name).read_text("utf-8").splitlines()):
        if match := re.match(r"Exec\w+=[+!-]*(/\S+)", line):
            program = tmp_path / match[1].lstrip("/")
            program.parent.mkdir(parents=True, exist_ok=True)
            program.write_text("#!/bin/sh\n")
            program.chmod(0o755)

    def verify() -> tuple[int, str]:
        assert ANALYZE is not None
        command = [ANALYZE, "verify", "--man=no", f"--root={tmp_path}", *names]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr

    assert verify() == (0, "")
    (units / "fee-terminal-screen.service").write_text("[Service]\nExecStart=/usr/bin/cage\nRestrat=always\n")
    assert "Restrat" in verify()[1]
