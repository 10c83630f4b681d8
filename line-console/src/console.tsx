import type { ServedBrand } from "@only-mes/protocols/brand-pack/schema";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { RawIntlProvider } from "react-intl";
import type { ModeChoice } from "./brand/mode.ts";
import { chosenMode, modeOf, storeMode, storedMode } from "./brand/mode.ts";
import { wearBrand } from "./brand/wear-brand.ts";
import { intlOf } from "./brand/words.ts";
import { BrandName } from "./frame/brand-name.ts";
import { Frame } from "./frame/frame.tsx";
import { PlantProvider } from "./frame/plant.tsx";
import { SafetyNet } from "./frame/safety-net.tsx";
import { useMedia } from "./frame/use-media.ts";
import type { Link } from "./live/link.ts";
import type { Ticker } from "./live/ticker.ts";
import { useRoute } from "./navigation/navigation.tsx";
import { Andon } from "./screens/andon/andon.tsx";
import { LineBoard } from "./screens/line-board/line-board.tsx";
import { NotFound } from "./screens/not-found/not-found.tsx";

const SignalTrend = lazy(async () => {
  const { SignalTrend } = await import("./screens/trend/signal-trend.tsx");
  return { default: SignalTrend };
});

interface ConsoleProps {
  brand: ServedBrand;
  brandFailed: boolean;
  link: Link;
  ticker: Ticker;
}

export function Console({ brand, brandFailed, link, ticker }: ConsoleProps) {
  const [chosen, setChosen] = useState(() => chosenMode(location.search, storedMode()));
  const deviceIsDark = useMedia("(prefers-color-scheme: dark)");
  const { mode, choice } = modeOf(chosen, brand.pack.defaultMode, deviceIsDark);
  const intl = useMemo(() => intlOf(brand.pack, brand.siteTimeZone), [brand]);
  useEffect(() => wearBrand(brand, mode), [brand, mode]);

  function chooseMode(next: ModeChoice): void {
    setChosen(next);
    storeMode(next);
  }

  return (
    <RawIntlProvider value={intl}>
      <BrandName value={brand.pack.name}>
        <PlantProvider link={link} ticker={ticker}>
          <Frame brand={brand} brandFailed={brandFailed} mode={choice} chooseMode={chooseMode}>
            <SafetyNet>
              <Suspense>
                <Screen />
              </Suspense>
            </SafetyNet>
          </Frame>
        </PlantProvider>
      </BrandName>
    </RawIntlProvider>
  );
}

function Screen() {
  const route = useRoute();
  switch (route.screen) {
    case "andon":
      return <Andon />;
    case "line":
      return <LineBoard key={route.line} line={route.line} />;
    case "trend":
      return <SignalTrend key={route.signal} line={route.line} signal={route.signal} />;
    case "notFound":
      return <NotFound />;
  }
}
