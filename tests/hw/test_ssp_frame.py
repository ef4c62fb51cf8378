"""SSP packets: the manual's own examples as vectors, and a reader that nothing can confuse for long."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.hw.validators.ssp_frame import MAX_DATA, Frame, FrameReader, crc16, encode

VECTORS = [
    # packet, SEQ, data: examples of the SSP manual GA138
    ("7F8001116582", 1, "11"),
    ("7F8001F02380", 1, "F0"),
    ("7F8001010602", 1, "01"),
    ("7F800206080394", 1, "0608"),
    ("7F800206090614", 1, "0609"),
    ("7F8001F81000", 1, "F8"),
    ("7F8001051D82", 1, "05"),
    (
        "7F8017F0003031303047425000000103050A14020202400000056181",
        1,
        "F0003031303047425000000103050A1402020240000005",
    ),
    ("7F80030207002BB6", 1, "020700"),
    ("7F800302FFFF25A4", 1, "02FFFF"),
    ("7F80010A3F82", 1, "0A"),
    ("7F8001093582", 1, "09"),
    ("7F8001071202", 1, "07"),
    ("7F0001071188", 0, "07"),
    ("7F8003F0F1E8BF8C", 1, "F0F1E8"),
    ("7F8003F0EF00CFCA", 1, "F0EF00"),
    ("7F8003F0EF03C5CA", 1, "F0EF03"),
    ("7F8004F0EE01EBB948", 1, "F0EE01EB"),
    ("7F8003F0EE04D7CC", 1, "F0EE04"),
    ("7F8002F0ED51A2", 1, "F0ED"),
    ("7F8002F0EC5422", 1, "F0EC"),
    ("7F8002F0EB45A2", 1, "F0EB"),
    ("7F8002F0CC97A2", 1, "F0CC"),
    ("7F8003F0E202C3E4", 1, "F0E202"),
    ("7F8003F0E100CC6E", 1, "F0E100"),
    ("7F8009F0CAF4010000455552D0F9", 1, "F0CAF4010000455552"),
    ("7F8009F0CBD0070000474250B72D", 1, "F0CBD0070000474250"),
    ("7F8001083002", 1, "08"),
    ("7F8001185382", 1, "18"),
    ("7F8001177182", 1, "17"),
    ("7F8002F0080C20", 1, "F008"),
    ("7F80010C2B82", 1, "0C"),
    ("7F8005F0001C962CD497", 1, "F0001C962C"),
    ("7F80094AC5058F3A00000000B273", 1, "4AC5058F3A00000000"),
    ("7F80094B8DA61300000000006CF6", 1, "4B8DA6130000000000"),
    ("7F80033500D47F7FA5", 1, "3500D4"),  # a 7F in the CRC
]
datas = st.binary(max_size=MAX_DATA)
frames = st.builds(Frame, st.integers(0, 1), st.integers(0, 0x7D), datas)
seven_f = st.lists(st.sampled_from([0x7F, 0x80, 0x00, 0x01, 0xF0]), max_size=40).map(bytes)
noise = st.binary(max_size=300) | seven_f


def cut(stream: bytes, seed: int) -> list[bytes]:
    """The stream in pieces of any size."""
    rng, pieces = random.Random(seed), []
    while stream:
        size = rng.randrange(1, 9)
        pieces.append(stream[:size])
        stream = stream[size:]
    return pieces


@pytest.mark.parametrize(("packet", "seq", "data"), VECTORS)
def test_vectors(packet: str, seq: int, data: str) -> None:
    """Each example of the manual is written and read byte for byte."""
    assert encode(seq, 0, bytes.fromhex(data)) == bytes.fromhex(packet)
    assert FrameReader().feed(bytes.fromhex(packet)) == [Frame(seq, 0, bytes.fromhex(data))]


def test_crc_of_nothing() -> None:
    """The checksum starts at FFFF and changes with every byte."""
    assert crc16(b"") == 0xFFFF
    assert crc16(b"\x80\x01\x11") == 0x8265


@settings(max_examples=1500, deadline=None)
@given(frame=frames)
def test_any_packet_comes_back(frame: Frame) -> None:
    """What is written is read again, whatever it holds."""
    assert FrameReader().feed(encode(frame.seq, frame.address, frame.data)) == [frame]


@settings(max_examples=500, deadline=None)
@given(sent=st.lists(frames, max_size=4), seed=st.integers(0, 2**32))
def test_cuts_and_merges_do_not_matter(sent: list[Frame], seed: int) -> None:
    """The line may cut and merge as it likes."""
    reader, got = FrameReader(), []
    for piece in cut(b"".join(encode(*frame) for frame in sent), seed):
        got += reader.feed(piece)
    assert got == sent
    assert reader.garbled == 0


@settings(max_examples=1500, deadline=None)
@given(before=noise, frame=frames)
def test_noise_costs_at_most_one_packet(before: bytes, frame: Frame) -> None:
    """After any noise the second packet at the latest is read."""
    reader = FrameReader()
    reader.feed(before)
    packet = encode(frame.seq, frame.address, frame.data)
    assert reader.feed(packet * 2)[-1:] == [frame]


@settings(max_examples=1000, deadline=None)
@given(stream=st.binary(max_size=600) | st.lists(seven_f, max_size=20).map(b"".join))
def test_any_bytes_are_survived_with_bounded_memory(stream: bytes) -> None:
    """Nothing raises, and no more than one packet is ever kept."""
    reader = FrameReader()
    for byte in stream:
        reader.feed(bytes([byte]))
        assert len(reader._body) <= MAX_DATA + 4


@settings(max_examples=1000, deadline=None)
@given(frame=frames, at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_one_wrong_bit_never_changes_a_packet(frame: Frame, at: int, bit: int) -> None:
    """A damaged packet is dropped: what is read is either what was sent or nothing."""
    packet = bytearray(encode(frame.seq, frame.address, frame.data))
    packet[at % len(packet)] ^= 1 << bit
    assert all(got == frame for got in FrameReader().feed(bytes(packet)))
