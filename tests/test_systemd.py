"""The service files keep what docs/install.md promises: not root, watched, restarted, and locked in."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

FILES = Path(__file__).parents[1] / "systemd"
INSTALL = (Path(__file__).parents[1] / "docs" / "install.md").read_text("utf-8")


def settings(section: str) -> dict[str, list[str]]:
    """All values of one section of the unit, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    current = ""
    for line in (FILES / "fee-terminal.service").read_text("utf-8").splitlines():
        if line.startswith("["):
            current = line.strip("[]")
        elif current == section and line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found[name].append(value)
    return found


SERVICE = settings("Service")
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


def test_udev_rules_are_well_formed() -> None:
    """Each rule is a list of comparisons and assignments, and gives the names that the example configuration uses."""
    rules = (FILES / "60-fee-terminal.rules").read_text("utf-8")
    part = r'[A-Z]+(\{[\w/]+\})?(==|!=|\+=|=)"[^"]*"'
    for line in rules.splitlines():
        assert not line or line.startswith("#") or re.fullmatch(rf"{part}(, {part})*", line), line
    example = (FILES.parent / "docs" / "examples" / "kiosk.toml").read_text("utf-8")
    named = set(re.findall(r'SYMLINK\+="([^"]+)"', rules))
    used = set(re.findall(r'"/dev/(fee-terminal/[\w-]+)"', example))
    assert used
    assert used <= named


@pytest.mark.parametrize("file", sorted(path.name for path in FILES.iterdir()))
def test_each_file_is_installed(file: str) -> None:
    """The installation guide puts every file into its place."""
    assert f"systemd/{file}" in INSTALL
