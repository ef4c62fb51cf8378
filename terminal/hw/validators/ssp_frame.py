"""The SSP frame: what one packet looks like on the wire, and a reader that finds packets in any stream of bytes.

    7F | SEQ·ID | LEN | DATA … | CRC low | CRC high

- SEQ is bit 7 of the second byte, the slave's address the other seven. LEN counts the bytes of DATA only.
- The CRC (polynomial 0x8005, start 0xFFFF, most significant bit first) runs from SEQ·ID to the last byte of DATA.
- Every 7F after the first byte is doubled on the wire; LEN and CRC know nothing of that.
- A single 7F always begins a packet, whatever was being read: that is how both ends find each other again.

Source: the SSP manual GA138, "Packet outline" and "CRC".
"""

from typing import NamedTuple

STX = 0x7F
MAX_DATA = 255


class Frame(NamedTuple):
    """One packet whose CRC was right."""

    seq: int
    """The sequence bit, 0 or 1."""
    address: int
    data: bytes


def _crc_of_byte(value: int) -> int:
    crc = value << 8
    for _ in range(8):
        crc = (crc << 1) ^ 0x8005 if crc & 0x8000 else crc << 1
    return crc & 0xFFFF


_CRC_TABLE = tuple(_crc_of_byte(value) for value in range(256))


def crc16(data: bytes) -> int:
    """The checksum over `data` (SEQ·ID to the last byte of DATA, before stuffing)."""
    crc = 0xFFFF
    for byte in data:
        crc = ((crc << 8) & 0xFF00) ^ _CRC_TABLE[(crc >> 8) ^ byte]
    return crc


def encode(seq: int, address: int, data: bytes) -> bytes:
    """The packet for `data` as it travels. `data` is at most 255 bytes."""
    body = bytes([seq << 7 | address, len(data)]) + data
    body += crc16(body).to_bytes(2, "little")
    return bytes([STX]) + body.replace(b"\x7f", b"\x7f\x7f")


class FrameReader:
    """Finds packets in a stream that may be cut, merged, damaged or hostile; it never holds more than one packet."""

    def __init__(self) -> None:
        self.garbled = 0
        """Packets that were begun and could not be used: wrong CRC, or broken off by the next one."""
        self._body = bytearray()
        self._inside = False
        self._stx_seen = False

    def feed(self, data: bytes) -> list[Frame]:
        """The packets that these bytes complete, in order."""
        begun = self._inside or self._stx_seen
        if not begun and len(data) > 5 and data[0] == STX and len(data) == data[2] + 5 and data.find(STX, 1) < 0:
            self._body[:] = data[1:]  # nearly always: one whole packet, and nothing in it is doubled
            frame = self._finish()
            return [frame] if frame else []
        frames = []
        for byte in data:
            frame = self._take(byte)
            if frame:
                frames.append(frame)
        return frames

    def forget(self) -> None:
        """Drop what was begun: the stream has ended here."""
        self._body.clear()
        self._inside = self._stx_seen = False

    def _take(self, byte: int) -> Frame | None:
        if byte == STX and not (self._inside and self._stx_seen):
            # Inside a packet this may be the first of a doubled pair; outside, the last of several begins the packet.
            self._stx_seen = True
            return None
        if self._stx_seen and byte != STX:
            self.garbled += self._inside
            self._inside = True
            self._body.clear()
        self._stx_seen = False
        if not self._inside:
            return None
        self._body.append(byte)
        if len(self._body) < 2 or len(self._body) < 4 + self._body[1]:
            return None
        return self._finish()

    def _finish(self) -> Frame | None:
        self._inside = False
        content, crc = bytes(self._body[:-2]), int.from_bytes(self._body[-2:], "little")
        if crc16(content) != crc:
            self.garbled += 1
            return None
        return Frame(content[0] >> 7, content[0] & 0x7F, content[2:])
