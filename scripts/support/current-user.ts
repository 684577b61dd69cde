import { userInfo } from 'node:os'

/** Who runs this process, for the audit. In a container the user may have a number and no name. */
export const currentUser = (): string => {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.()}`
  }
}
