/** Text as a pattern of `like` finds it literally, whatever signs it has. */
export const likeLiteral = (text: string): string => text.replace(/[\\%_]/g, '\\$&')
