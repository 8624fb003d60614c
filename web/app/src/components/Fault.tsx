import { Alert } from 'antd'
import { useTranslation } from 'react-i18next'
import { ApiError } from '../api/client'

/** A desk that is busy has a call in hand; a server that is busy (503) has too much to do. */
const keyOf = (error: ApiError): string => (error.code === 'busy' ? 'server-busy' : error.code)

/** The sentence for an error: ours in the chosen language when we know the code, else the server's. */
export function useFaultText(): (error: unknown) => string {
  const { t } = useTranslation()
  return (error) => {
    if (error instanceof ApiError) return t(`fault.${keyOf(error)}`, { defaultValue: error.message || t('fault.unknown') })
    return t('fault.network')
  }
}

export function FaultNote({ error }: { error: unknown }) {
  const text = useFaultText()
  if (!error) return null
  // The server names the fields that it refused, each in a sentence.
  const fields = error instanceof ApiError ? Object.values(error.fields ?? {}) : []
  return (
    <Alert
      type="error"
      role="alert"
      className="form-alert"
      title={<bdi>{text(error)}</bdi>}
      description={fields.length > 0 ? <bdi>{fields.join(' ')}</bdi> : undefined}
    />
  )
}
