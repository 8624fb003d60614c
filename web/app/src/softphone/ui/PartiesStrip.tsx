import { useTranslation } from 'react-i18next'
import { useQueues } from '../../api/reference'
import { Ltr } from '../../components/Ltr'
import { isolate } from '../../components/isolate'
import { duration } from '../../components/time'
import { parties } from '../parties'
import type { Parties, Party } from '../parties'
import type { DeskCall } from '../protocol'

/** Who talks, who waits with music, who is called and who listens: one look tells. `time` is the server's clock, ms. */
export function PartiesStrip({ call, time }: { call: DeskCall; time: number }) {
  const { t } = useTranslation()
  const { talk, wait, called, lost, supervisor } = parties(call)
  return (
    <div className="parties" data-testid="call-state" data-state={call.state}>
      <span className="unseen" role="status">{t(`callState.${call.state}`)}</span>
      {talk.length > 0 && (
        <span className="party talk" data-testid="party-talk">
          {talk.map((one, i) => (
            <span key={one.who}>{i > 0 && <span aria-hidden="true"> ⇄ </span>}<Name party={one} call={call} /></span>
          ))}
        </span>
      )}
      {wait.map((one) => (
        <span key={one.who} className="party wait" data-testid="party-wait">
          <span aria-hidden="true">♪ </span><Name party={one} call={call} /> {t('parties.waits')}
          {one.who === 'caller' && call.heldSince && <> <Ltr data-testid="caller-waits">{duration(time - Date.parse(call.heldSince))}</Ltr></>}
        </span>
      ))}
      {called && (
        <span className="party called" data-testid="party-called">
          <Name party={called} call={call} /> {t(`parties.phase.${call.consult?.away ? 'away' : call.consult?.phase}`)}
        </span>
      )}
      {lost && <span className="party called"><Name party={lost} call={call} /> {t('parties.phase.away')}</span>}
      {supervisor && <Listener supervisor={supervisor} />}
    </div>
  )
}

function Name({ party, call }: { party: Party; call: DeskCall }) {
  const { t } = useTranslation()
  const queues = useQueues()
  switch (party.who) {
    case 'me':
      return <strong>{t('parties.me')}</strong>
    case 'caller':
      return <span>{t('parties.caller')} <Ltr>{call.number || t('phone.withheld')}</Ltr></span>
    case 'agent':
      return <bdi>{party.name}</bdi>
    case 'second': {
      const { name, number, queue } = party.consult
      if (number && !name) return <Ltr>{number}</Ltr>
      return <bdi>{name || (queues.data?.find((one) => one.id === queue)?.name ?? t('transfer.queue'))}</bdi>
    }
  }
}

function Listener({ supervisor }: { supervisor: NonNullable<Parties['supervisor']> }) {
  const { t } = useTranslation()
  const { me, mode, name } = supervisor
  return (
    <span className="party heard" data-testid="party-supervisor" data-mode={mode}>
      {me ? t(`supervise.mine.${mode}`) : t(`supervise.seen.${mode}`, { name: isolate(name) })}
    </span>
  )
}
