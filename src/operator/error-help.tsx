import { hintOf, isErrorCode, messageOf } from '../errors.ts'

/** What a code means, what an operator does, and where more is written. */
export const ErrorHelp = ({ code }: { code: string }) => (
  <>
    <a href={`/docs/errors#${code}`}>
      <code>{code}</code>
    </a>
    {isErrorCode(code) && (
      <>
        <p class="small">{messageOf(code)}</p>
        <p class="small muted">{hintOf(code)}</p>
      </>
    )}
  </>
)
