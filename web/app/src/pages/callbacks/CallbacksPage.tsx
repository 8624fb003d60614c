import { Button, Input, Select, Space, Table, message } from 'antd'
import type { TableColumnsType } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCallbacks, useClaimCallback, useCloseCallback } from '../../api/calls'
import { useSession } from '../../api/session'
import type { Callback, CallbackState } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { dateTime } from '../../components/time'
import { allowed } from '../../softphone/machine'
import { usePhone, usePhoneState } from '../../softphone/ui/PhoneContext'

const states: CallbackState[] = ['open', 'claimed', 'closed']

/** Missed calls to be called back (漏接回拨): claim one, call, and close it with a note. */
export default function CallbacksPage() {
  const { t } = useTranslation()
  const [state, setState] = useState<CallbackState>('open')
  const list = useCallbacks(state)
  const rows = list.data?.pages.flatMap((page) => page.items) ?? []
  const columns: TableColumnsType<Callback> = [
    { title: t('callback.number'), dataIndex: 'number', render: (number: string) => <Ltr>{number || t('phone.withheld')}</Ltr> },
    { title: t('callback.reason'), dataIndex: 'reason', render: (reason: string) => t(`endReason.${reason}`, { defaultValue: reason }) },
    { title: t('callback.at'), dataIndex: 'createdAt', render: (at: string) => <Ltr>{dateTime(at)}</Ltr> },
    { title: t('callback.agent'), dataIndex: 'claimedByName', render: (name?: string) => <bdi>{name}</bdi> },
    { title: t('callback.actions'), render: (_, row) => <RowActions row={row} onClaimed={() => setState('claimed')} /> },
  ]
  return (
    <section aria-label={t('menu.callbacks')}>
      <h1>{t('menu.callbacks')}</h1>
      <Space wrap className="filters">
        <Select aria-label={t('list.state')} value={state} onChange={setState} options={states.map((value) => ({ value, label: t(`callbackState.${value}`) }))} />
      </Space>
      <FaultNote error={list.error} />
      <Table<Callback> rowKey="id" size="small" loading={list.isPending} dataSource={rows} columns={columns} pagination={false} locale={{ emptyText: list.isPending ? ' ' : t('callback.empty') }} scroll={{ x: 'max-content' }} />
      {list.hasNextPage && <Button data-testid="more" onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>{t('list.more')}</Button>}
    </section>
  )
}

/** onClaimed: the task has left the list of open ones, and its agent wants to call now. */
function RowActions({ row, onClaimed }: { row: Callback; onClaimed: () => void }) {
  const { t } = useTranslation()
  const [notice, noticePlace] = message.useMessage()
  const phone = usePhone()
  const phoneState = usePhoneState()
  const me = useSession().data?.account.id
  const claim = useClaimCallback()
  const close = useCloseCallback()
  const [note, setNote] = useState<string>()
  if (row.state === 'closed') return <bdi>{row.note}</bdi>
  const mine = row.claimedBy === me
  const call = async () => {
    const reply = await phone.request({ type: 'dial', callback: row.id })
    if (reply.ok) void notice.success(t('callback.dialling'))
  }
  return (
    <Space wrap>
      {noticePlace}
      {row.state === 'open' && <Button data-testid="claim" loading={claim.isPending} onClick={() => claim.mutate(row.id, { onSuccess: onClaimed })}>{t('callback.claim')}</Button>}
      {row.state === 'claimed' && mine && (
        <>
          <Button type="primary" data-testid="call-back" disabled={!allowed(phoneState).dial} onClick={() => void call()}>{t('callback.call')}</Button>
          {phoneState.link === 'off' && <span>{t('callback.shiftFirst')}</span>}
          {note === undefined ? (
            <Button onClick={() => setNote('')}>{t('callback.close')}</Button>
          ) : (
            <Space.Compact>
              <Input aria-label={t('callback.note')} placeholder={t('callback.note')} maxLength={200} dir="auto" value={note} onChange={(event) => setNote(event.target.value)} />
              <Button data-testid="close-callback" disabled={!note.trim()} loading={close.isPending} onClick={() => close.mutate({ id: row.id, note: note.trim() })}>{t('action.confirm')}</Button>
            </Space.Compact>
          )}
        </>
      )}
      <FaultNote error={claim.error ?? close.error} />
    </Space>
  )
}
