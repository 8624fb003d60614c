import { Button } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../../api/session'
import { Ltr } from '../../components/Ltr'
import { Panel } from '../../components/Panel'
import type { DeskCall } from '../../softphone/protocol'
import { usePhoneState } from '../../softphone/ui/PhoneContext'
import { CallerHistory } from './CallerHistory'
import { dropShown, keepShown, keptShown } from '../../app/drafts'
import { TicketForm } from './TicketForm'

/** Whoever was asked has the caller now: what the other agent has lodged meanwhile came along. */
function useTicketsOfOthers(live: DeskCall | undefined) {
  const queries = useQueryClient()
  const asked = live?.role === 'consulted' ? live.call : undefined
  useEffect(() => {
    if (asked) return () => void queries.invalidateQueries({ queryKey: ['pop', asked] })
  }, [asked, queries])
}

/** The agent's desk: who is on the line, and the ticket that comes of it. */
export default function DeskPage() {
  const { t } = useTranslation()
  const desk = usePhoneState().desk
  const live = desk?.call?.role === 'supervisor' ? undefined : desk?.call // what she listens to is not her caller
  // The form stays after the wrap-up has ended, until the agent clears it or another call comes.
  const owner = useSession().data?.account.id ?? ''
  const [shown, setShown] = useState(() => (live ? { owner, call: live.call, number: live.number } : keptShown(sessionStorage, owner)))
  if (live && live.call !== shown?.call) setShown({ owner, call: live.call, number: live.number })
  useEffect(() => {
    if (shown) keepShown(sessionStorage, shown)
  }, [shown])
  useTicketsOfOthers(live)
  const lodged = () => dropShown(sessionStorage)
  const clear = () => {
    dropShown(sessionStorage)
    setShown(undefined)
  }
  return (
    <div className="desk">
      <h1 className="unseen">{t('menu.desk')}</h1>
      <Panel title={shown ? <>{t('desk.caller')} <Ltr>{shown.number || t('phone.withheld')}</Ltr></> : t('desk.caller')}>
        {shown ? <CallerHistory call={shown.call} /> : <p>{t('desk.noCall')}</p>}
        {shown && !live && <Button onClick={clear}>{t('desk.clear')}</Button>}
      </Panel>
      <Panel title={t('form.title')}>
        <TicketForm key={shown?.call ?? 'none'} call={shown?.call} number={shown?.number} onLodged={lodged} />
      </Panel>
    </div>
  )
}
