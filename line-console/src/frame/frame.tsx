import type { ServedBrand } from "@only-mes/protocols/brand-pack/schema";
import type { ReactNode } from "react";
import type { ModeChoice } from "../brand/mode.ts";
import { useSpeech } from "../brand/speech.ts";
import style from "./frame.module.css";
import { Masthead } from "./masthead.tsx";
import { useReach } from "./plant.tsx";
import { StatusStrip } from "./status-strip.tsx";

export interface FrameSettings {
  brand: ServedBrand;
  brandFailed: boolean;
  mode: ModeChoice;
  chooseMode: (choice: ModeChoice) => void;
}

/** What surrounds every screen: who it belongs to, and how true its picture is. */
export function Frame({ children, ...settings }: FrameSettings & { children: ReactNode }) {
  const reach = useReach();
  const { t } = useSpeech();
  return (
    <div className={style.frame} data-reach={reach}>
      <a className={style.skip} href="#content">
        {t("nav.content")}
      </a>
      <header>
        <Masthead {...settings} />
        <StatusStrip brandFailed={settings.brandFailed} />
      </header>
      <main className={style.main} id="content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
