import { useEffect } from "react";
import { useBrandName } from "./brand-name.ts";

/** The title of the tab: the screen, and whose plant it is. */
export function useTitle(screen: string): void {
  const brand = useBrandName();
  useEffect(() => {
    document.title = `${screen} \u2013 ${brand}`;
  }, [screen, brand]);
}
