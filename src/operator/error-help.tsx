import { hintOf, isErrorCode, messageOf } from '../errors.ts'

/** A code, and what is written about it behind it. */
export const ErrorLink = ({ code }: { code: string }) => (
  <a href={`/docs/errors#${code}`}>
    <code>{code}</code>
  </a>
)

/** What a code means, what an operator does, and where more is written. */
export const ErrorHelp = ({ code }: { code: string }) => (
  <>
    <ErrorLink code={code} />
    {isErrorCode(code) && (
      <>
        <p class="small">{messageOf(code)}</p>
        <p class="small muted">{hintOf(code)}</p>
      </>
    )}
  </>
)
