/** What a page needs to know of its device's language; `navigator` is one. */
export interface DeviceLanguage {
  readonly language: string;
}

/**
 * A browser that was started without a locale, as kiosks often are, says `en-US@posix`: no BCP 47 tag, and
 * `Intl` refuses it. Libraries pass it on unseen (uPlot as it loads), so it is put right where it comes from.
 */
export function mendDeviceLanguage(device: DeviceLanguage): void {
  const language = validTag(device.language);
  if (language === device.language) return;
  Object.defineProperty(device, "language", { value: language, configurable: true });
}

function validTag(told: string): string {
  const withoutModifier = told.split(/[@.]/)[0] ?? "";
  try {
    return Intl.getCanonicalLocales(withoutModifier.replaceAll("_", "-"))[0] ?? "en";
  } catch {
    return "en";
  }
}
