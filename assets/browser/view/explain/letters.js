// Letters of bases as shapes, so that they can be as high as a number is: each fills 1 by 1, from the foot up.

const round = (radius, from, to) => {
  const steps = 20;
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / steps) * Math.PI) / 180;
    return `${(0.5 + radius * 0.46 * Math.cos(angle)).toFixed(3)} ${(0.5 + radius * 0.5 * Math.sin(angle)).toFixed(3)}`;
  });
};

const INNER = 0.6; // of the outer round of C and G
const C = `M${round(1, 42, 318).join("L")}L${round(INNER, 318, 42).join("L")}Z`;

/** By letter, its outline; y counts upwards. */
export const SHAPES = {
  A: "M0.02 0L0.4 1H0.6L0.98 0H0.78L0.7 0.23H0.3L0.22 0ZM0.36 0.4H0.64L0.5 0.8Z",
  C,
  G: `${C}M0.52 0.5V0.34H0.78V0.08H0.96V0.5Z`,
  T: "M0.05 1H0.95V0.82H0.59V0H0.41V0.82H0.05Z",
};

const LETTERS = "ACGT";

/** The letter of a code, 0 to 3; N for all else. */
export const letterOf = (code) => LETTERS[code] ?? "N";

/**
 * Where a letter stands: `x` its left edge and `width`, `value` its height from 0, in units of the group; below 0 it
 * stands on its head, as in other logos.
 */
export const stands = (x, width, value, foot = 0) => `matrix(${width} 0 0 ${value} ${x} ${foot})`;
