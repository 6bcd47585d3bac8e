"""The sound in a capture: RTP packets with G.711 A-law (PCMA) in them."""

PCMA = 8
RATE = 8000


def is_rtp(packet):
    return len(packet.payload) > 12 and packet.payload[0] >> 6 == 2 and packet.payload[1] & 0x7F == PCMA


def decode(byte):
    """A sample from its A-law code (ITU-T G.711)."""
    byte ^= 0x55
    exponent, mantissa = byte >> 4 & 7, byte & 15
    size = mantissa * 16 + 8
    if exponent:
        size = size + 256 << exponent - 1
    return size if byte & 0x80 else -size


DECODED = [decode(byte) for byte in range(256)]


def tone(packets):
    """The frequency in Hz of the tone in some RTP packets of one direction, or None where there is no
    sound. A tone crosses zero twice in each period."""
    crossings = samples = 0
    negative = None
    for packet in packets:
        payload = packet.payload[12:]
        samples += len(payload)
        for byte in payload:
            # The sign alone; what is nearly silent has none.
            if abs(DECODED[byte]) < 64:
                continue
            below = DECODED[byte] < 0
            if negative is not None and below != negative:
                crossings += 1
            negative = below
    if crossings < 2:
        return None
    return crossings * RATE / 2 / samples
