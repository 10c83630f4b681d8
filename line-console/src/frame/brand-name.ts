import { createContext, use } from "react";

export const BrandName = createContext("Only MES");

export function useBrandName(): string {
  return use(BrandName);
}
