import { Button, Checkbox, Descriptions, Input, Select, Space } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from '@tanstack/react-router'
import { useCallLists, useEntry, useGiveBack, useNextEntry, useRereadEntry, useSetResult } from '../../api/outbound'
import type { Outcome } from '../../api/outbound'
import { useSession } from '../../api/session'
import type { CallEntry } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { dateTime } from '../../components/time'
import { allowed } from '../../softphone/machine'
import { usePhone, usePhoneState } from '../../softphone/ui/PhoneContext'
import { Tries } from './Tries'

/** The agent's view of call lists: take the next one, look, call, say what came of it. */
export function Working() {
  const { t } = useTranslation()
  const lists = useCallLists()
  const next = useNextEntry()
  const giveBack = useGiveBack()
  const [list, setList] = useState<string>()
  const [id, setId] = useState<string>()
  const entry = useEntry(id).data
  const open = (lists.data ?? []).filter((one) => one.state === 'open')
  return (
    <>
      <Space wrap className="filters">
        <Select
          allowClear aria-label={t('outbound.list')} placeholder={t('outbound.anyList')} value={list} onChange={setList} style={{ minWidth: '12em' }}
          options={open.map((one) => ({ value: one.id, label: one.name }))}
        />
        <Button type="primary" data-testid="next-entry" loading={next.isPending} onClick={() => next.mutate(list, { onSuccess: (got) => setId(got?.id) })}>
          {t('outbound.next')}
        </Button>
        {next.isSuccess && !next.data && <span>{t('outbound.nobody')}</span>}
      </Space>
      <FaultNote error={lists.error ?? next.error ?? giveBack.error} />
      {entry && <Card entry={entry} onBack={() => giveBack.mutate(entry.id, { onSuccess: () => setId(undefined) })} />}
    </>
  )
}

function Card({ entry, onBack }: { entry: CallEntry; onBack: () => void }) {
  const { t } = useTranslation()
  const phone = usePhone()
  const may = allowed(usePhoneState()).dial
  const reread = useRereadEntry()
  const called = entry.tries.at(-1)
  const over = entry.leasedTo === undefined
  const call = async () => {
    await phone.request({ type: 'dial', entry: entry.id })
    await reread(entry.id)
  }
  return (
    <>
      <Descriptions
        size="small" column={{ xs: 1, md: 3 }} data-testid="entry"
        items={[
          { key: 'list', label: t('outbound.list'), children: <bdi>{entry.listName}</bdi> },
          { key: 'number', label: t('callback.number'), children: <Ltr>{entry.number}</Ltr> },
          { key: 'name', label: t('form.name'), children: <bdi>{entry.name || '–'}</bdi> },
          ...(entry.ticket ? [{ key: 'ticket', label: t('outbound.ticket'), children: <Link to="/tickets/$number" params={{ number: entry.ticket }}><Ltr>{entry.ticket}</Ltr></Link> }] : []),
          ...(entry.call ? [{ key: 'call', label: t('ticket.call'), children: <Link to="/calls/$call" params={{ call: entry.call }}>{t('ticket.toCall')}</Link> }] : []),
          ...(entry.notAfter ? [{ key: 'until', label: t('outbound.notAfter'), children: <Ltr>{dateTime(entry.notAfter)}</Ltr> }] : []),
          { key: 'note', label: t('outbound.note'), span: 'filled' as const, children: <p className="free" dir="auto">{entry.note || '–'}</p> },
        ]}
      />
      <Tries tries={entry.tries} />
      {over ? (
        <p data-testid="entry-over">
          {called && t('outbound.noted', { result: t(`callResult.${called.result}`) })} {entry.ended ? t(`callEnd.${entry.ended}`) : t('outbound.dueAt', { at: dateTime(entry.dueAt) })}
        </p>
      ) : entry.dialled ? (
        <Result key={entry.dialled} entry={entry} />
      ) : (
        <Space wrap>
          <Button type="primary" data-testid="call-entry" disabled={!may} onClick={() => void call()}>{t('outbound.call')}</Button>
          <Button onClick={onBack}>{t('outbound.giveBack')}</Button>
          {!may && <span>{t('outbound.notReady')}</span>}
        </Space>
      )}
    </>
  )
}

const results: Outcome['result'][] = ['reached', 'again', 'machine', 'wrongNumber', 'refused', 'noAnswer', 'busy']

function Result({ entry }: { entry: CallEntry }) {
  const { t } = useTranslation()
  const save = useSetResult()
  const me = useSession().data?.account.id
  const [result, setResult] = useState<Outcome['result']>()
  const [note, setNote] = useState('')
  const [again, setAgain] = useState('')
  const [doNotCall, setDoNotCall] = useState(false)
  const complete = me !== undefined && result !== undefined && (result !== 'again' || again !== '')
  const submit = () =>
    result && save.mutate({ id: entry.id, result, note: note.trim(), doNotCall, ...(result === 'again' && { again: new Date(`${again}:00+08:00`).toISOString() }) })
  return (
    <Space wrap>
      <Select aria-label={t('outbound.result')} data-testid="entry-result" placeholder={t('outbound.result')} value={result} onChange={setResult} style={{ minWidth: '10em' }} options={results.map((value) => ({ value, label: t(`callResult.${value}`) }))} />
      {result === 'again' && <Input type="datetime-local" aria-label={t('outbound.again')} value={again} onChange={(event) => setAgain(event.target.value)} />}
      <Input aria-label={t('outbound.note')} placeholder={t('outbound.note')} maxLength={500} dir="auto" value={note} onChange={(event) => setNote(event.target.value)} />
      <Checkbox checked={doNotCall} onChange={(event) => setDoNotCall(event.target.checked)}>{t('outbound.asked')}</Checkbox>
      <Button type="primary" data-testid="save-result" disabled={!complete} loading={save.isPending} onClick={submit}>{t('action.save')}</Button>
      <FaultNote error={save.error} />
    </Space>
  )
}
