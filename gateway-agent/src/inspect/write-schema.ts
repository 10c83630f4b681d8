import { writeFileSync } from "node:fs";
import { deviceMapJsonSchema } from "@only-mes/protocols/device-map/json-schema";

/** `npm run schema -w gateway-agent`: the device map's JSON Schema, for editors. */
const file = new URL("../../device-map.schema.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(deviceMapJsonSchema(), undefined, 2)}\n`);
