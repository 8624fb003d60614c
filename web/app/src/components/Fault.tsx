import { Alert } from 'antd'
import { useTranslation } from 'react-i18next'
import { ApiError } from '../api/client'

/** The sentence for an error: ours in the chosen language when we know the code, else the server's. */
export function useFaultText(): (error: unknown) => string {
  const { t } = useTranslation()
  return (error) => {
    if (error instanceof ApiError) return t(`fault.${error.code}`, { defaultValue: error.message || t('fault.unknown') })
    return t('fault.network')
  }
}

export function FaultNote({ error }: { error: unknown }) {
  const text = useFaultText()
  return error ? <Alert type="error" role="alert" title={text(error)} className="form-alert" /> : null
}
