import { useTranslation } from 'react-i18next'
import { Panel } from '../../components/Panel'
import { Ltr } from '../../components/Ltr'
import { usePhoneState } from '../../softphone/ui/PhoneContext'
import { CallerHistory } from './CallerHistory'
import { TicketForm } from './TicketForm'

/** The agent's desk: who is on the line, and the ticket that comes of it. */
export default function DeskPage() {
  const { t } = useTranslation()
  const { desk } = usePhoneState()
  const call = desk?.call
  return (
    <div className="desk">
      <Panel title={call ? <>{t('desk.caller')} <Ltr>{call.number || t('phone.withheld')}</Ltr></> : t('desk.caller')}>
        {call ? <CallerHistory call={call.call} /> : <p>{t('desk.noCall')}</p>}
      </Panel>
      <Panel title={t('form.title')}>
        <TicketForm key={call?.call ?? 'none'} call={call?.call} number={call?.number} />
      </Panel>
    </div>
  )
}
