import { Form, Popover } from 'antd'
import type { FormInstance } from 'antd'
import { useTranslation } from 'react-i18next'
import { useDeadline } from '../../api/reference'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { Why } from '../../components/TicketBits'
import { dateTime } from '../../components/time'
import type { TicketDraft } from './ticketDraft'

/** When the result would be due if this were dispatched now, and why. */
export function DeadlinePreview({ form }: { form: FormInstance<TicketDraft> }) {
  const { t } = useTranslation()
  const kind = Form.useWatch('kind', form)
  const urgency = Form.useWatch('urgency', form)
  const category = Form.useWatch('category', form)
  const region = Form.useWatch('region', form)
  const deadline = useDeadline(kind && urgency && category ? { kind, urgency, category, region } : undefined)
  if (deadline.error) return <FaultNote error={deadline.error} />
  if (!deadline.data) return null
  return (
    <p className="deadline" data-testid="deadline">
      {t('form.deadline')} <strong><Ltr>{dateTime(deadline.data.due)}</Ltr></strong>{' '}
      <Popover trigger={['hover', 'focus']} title={t('clock.why')} content={<Why why={deadline.data.why} />}>
        <button type="button" className="link">{t('clock.why')}</button>
      </Popover>
    </p>
  )
}
