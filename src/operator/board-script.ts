import { assetAddress } from '../portal/pages/assets.ts'

/** Address of the script that names what the queue dashboard leaves without a name. */
export const boardScript = (): string => assetAddress('board.js')
