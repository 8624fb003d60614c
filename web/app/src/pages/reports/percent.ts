/** "83.3%", or a dash where nobody counts. */
export const percent = (value: number | undefined): string => (value === undefined ? '–' : `${(100 * value).toFixed(1)}%`)
