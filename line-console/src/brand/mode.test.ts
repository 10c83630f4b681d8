import { expect, it } from "vitest";
import { chosenMode, modeOf } from "./mode.ts";

it("takes the address before the stored choice, and the brand's default without either", () => {
  expect(chosenMode("?mode=dark", "bright")).toBe("dark");
  expect(chosenMode("?brand=x", "bright")).toBe("bright");
  expect(chosenMode("?mode=purple", null)).toBeNull();
  expect(modeOf(null, "dark", false)).toEqual({ choice: "dark", mode: "dark" });
});

it("follows the device where a person chose that", () => {
  expect(modeOf("device", "bright", true).mode).toBe("dark");
  expect(modeOf("device", "dark", false).mode).toBe("bright");
});
