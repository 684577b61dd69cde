import { type ErrorCode, errorCatalogue } from '../errors.ts'

const known = (code: string): code is ErrorCode => Object.hasOwn(errorCatalogue, code)

/** What a code means, what an operator does, and where more is written. */
export const ErrorHelp = ({ code }: { code: string }) => (
  <>
    <a href={`/docs/errors#${code}`}>
      <code>{code}</code>
    </a>
    {known(code) && (
      <>
        <p class="small">{errorCatalogue[code].message}</p>
        <p class="small muted">{errorCatalogue[code].hint}</p>
      </>
    )}
  </>
)
