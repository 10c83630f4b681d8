/** Cuts a stream of bytes into MQTT packets (3.1.1, chapter 2.2), byte for byte as they came. */
export interface MqttFrames {
  push(chunk: Buffer): Buffer[];
}

export function mqttFrames(): MqttFrames {
  let rest: Buffer = Buffer.alloc(0);
  return {
    push(chunk) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const frames: Buffer[] = [];
      for (let length = frameLength(rest); length !== undefined; length = frameLength(rest)) {
        if (rest.length < length) break;
        frames.push(rest.subarray(0, length));
        rest = rest.subarray(length);
      }
      return frames;
    },
  };
}

/** A PUBLISH with QoS 0: it has no packet identifier, so nobody waits for it. */
export function isPublishQos0(frame: Buffer): boolean {
  return ((frame[0] ?? 0) & 0b1111_0110) === 0b0011_0000;
}

/** `undefined` while its own length has not come yet. */
function frameLength(bytes: Buffer): number | undefined {
  let remaining = 0;
  for (let index = 1; index <= 4; index += 1) {
    const byte = bytes[index];
    if (byte === undefined) return undefined;
    remaining += (byte & 0x7f) * 128 ** (index - 1);
    if (byte < 0x80) return 1 + index + remaining;
  }
  // Five bytes of length are no MQTT: what follows cannot be cut, and goes through as it is.
  return bytes.length;
}
