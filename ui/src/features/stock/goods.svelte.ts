// Goods as they are typed in: lots, expiries and amounts. What is possible is the program's to judge.
import { isDay } from "../../i18n/days";
import type { Lot, StockLine } from "../../types/generated";

/** Lines typed in and not saved yet: they outlive a look at another page. */
export const receiving = $state<{ lines: StockLine[] }>({ lines: [] });

/** What tells lots apart on the page. */
export function lotKey(lot: Lot): string {
  return [lot.product.id ?? lot.product.name, lot.lot_number, lot.expiry].join("|");
}

/** A complete expiry: a month or a day. */
export function isExpiry(text: string): boolean {
  return /^\d{4}-(0[1-9]|1[0-2])$/.test(text) || isDay(text);
}

/** A month expires with its last day. */
export function isPast(expiry: string, today: string): boolean {
  return expiry.length === 7 ? expiry < today.slice(0, 7) : expiry < today;
}

const whole = (text: string) => (/^\d+$/.test(text.trim()) ? Number(text.trim()) : 0);

/** Base units of so many packs, or as typed. */
export function amountOf(packs: string, packSize: number, units: string): number {
  return whole(packs) * packSize + whole(units);
}
