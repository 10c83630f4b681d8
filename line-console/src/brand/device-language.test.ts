import { describe, expect, it } from "vitest";
import { mendDeviceLanguage } from "./device-language.ts";

describe("the language of the device", () => {
  it.each([
    ["en-US@posix", "en-US"],
    ["de_DE.UTF-8", "de-DE"],
    ["C", "en"],
    ["", "en"],
    ["fr-CH", "fr-CH"],
  ])("%j is taken as %s, which Intl knows", (told, taken) => {
    const device = Object.create({ language: told }) as { language: string };
    mendDeviceLanguage(device);
    expect(device.language).toBe(taken);
    expect(() => new Intl.NumberFormat(device.language)).not.toThrow();
  });
});
