import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { clockValue } from "./design.ts";

/**
 * The process of the simulated PLCs: Modbus TCP servers that know function code 3 and answer at once,
 * all values changed. It costs as little as can be, since it shares the machine with what is measured.
 */
const requestLength = 12;
const readHolding = 3;

function serve(socket: Socket): void {
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  let rest: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (bytes.length >= requestLength) {
      socket.write(answerTo(bytes));
      bytes = bytes.subarray(requestLength);
    }
    rest = bytes;
  });
}

function answerTo(request: Buffer): Buffer {
  const unit = request[6] ?? 0;
  const functionCode = request[7] ?? 0;
  const data = functionCode === readHolding ? request.readUInt16BE(10) * 2 : 0;
  const reply = Buffer.allocUnsafe(9 + data);
  request.copy(reply, 0, 0, 4);
  reply.writeUInt16BE(3 + data, 4);
  reply[6] = unit;
  if (data === 0) {
    reply[7] = functionCode | 0x80;
    reply[8] = 1;
    return reply;
  }
  reply[7] = functionCode;
  reply[8] = data;
  value.writeFloatBE(clockValue(Date.now()));
  reply.fill(value, 9);
  return reply;
}

const value = Buffer.alloc(4);

const ports: number[] = [];
for (let plc = 0; plc < Number(process.argv[2]); plc += 1) {
  const server = createServer(serve).listen(0, "127.0.0.1");
  await once(server, "listening");
  ports.push((server.address() as AddressInfo).port);
}
process.once("disconnect", () => process.exit(0));
process.send?.({ type: "ready", ports });
