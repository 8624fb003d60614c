/** A name inside a sentence keeps its own direction, whatever the sentence's is: FSI … PDI (Unicode 6.3, UAX #9). */
export const isolate = (text: string): string => `\u2068${text}\u2069`
