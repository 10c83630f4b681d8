import manifest from "../../package.json" with { type: "json" };

/** Version of the core, which brand packs name their range of. */
export const coreVersion: string = manifest.version;
