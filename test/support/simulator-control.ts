/** The control commands of a simulator in another process. */
export const simulatorControl =
  (url: string) =>
  async <Result = unknown>(command: string, input: Record<string, unknown> = {}): Promise<Result> => {
    const response = await fetch(`${url}/__control/${command}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(input),
    })
    const answer = (await response.json()) as { result: Result; error?: string }
    if (!response.ok) throw new Error(`simulator ${command}: ${answer.error}`)
    return answer.result
  }
