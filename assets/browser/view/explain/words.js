// Numbers of explanations in words.

import { said } from "../numbers.js";

/** A number in three digits, with its sign. */
export const plus = (value) => (value > 0 ? `+${said(value)}` : said(value));

/** A share in per cent, in three digits. */
export const percent = (share) => `${said(100 * share)} %`;
