import { Alert, Button, Input, Modal, Popconfirm, Select, Space, Table } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAddCallList, useCallLists, useEntries, useLoadEntries, useSaveCallList } from '../../api/outbound'
import type { CallEntry, CallList, CallListKind } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { dateTime } from '../../components/time'
import { Tries } from './Tries'

const kinds: CallListKind[] = ['followUp', 'notice', 'callback']

/** The supervisor's view: makes and loads lists, sees how far they are, pauses and closes them. */
export function Lists() {
  const { t } = useTranslation()
  const lists = useCallLists()
  const add = useAddCallList()
  const save = useSaveCallList()
  const load = useLoadEntries()
  const [name, setName] = useState('')
  const [kind, setKind] = useState<CallListKind>('followUp')
  const [shown, setShown] = useState<CallList>()
  const make = () => add.mutate({ name: name.trim(), kind }, { onSuccess: () => setName('') })
  return (
    <>
      <Space wrap className="filters">
        <Input aria-label={t('outbound.name')} placeholder={t('outbound.name')} data-testid="list-name" maxLength={60} value={name} onChange={(event) => setName(event.target.value)} />
        <Select<CallListKind> aria-label={t('outbound.kind')} value={kind} onChange={setKind} options={kinds.map((value) => ({ value, label: t(`callListKind.${value}`) }))} />
        <Button data-testid="add-list" disabled={!name.trim()} loading={add.isPending} onClick={make}>{t('outbound.add')}</Button>
      </Space>
      <FaultNote error={lists.error ?? add.error ?? save.error ?? load.error} />
      {load.data && (
        <Alert
          type={load.data.faults.length > 0 ? 'warning' : 'success'} closable title={t('outbound.loaded', { n: load.data.added })}
          description={load.data.faults.slice(0, 20).map((one) => <div key={`${one.line} ${one.field}`}>{t('outbound.line', { n: one.line })} <bdi>{one.message}</bdi></div>)}
        />
      )}
      <Table<CallList>
        rowKey="id" size="small" loading={lists.isPending} dataSource={lists.data ?? []} pagination={false} scroll={{ x: 'max-content' }}
        locale={{ emptyText: lists.isPending ? ' ' : t('outbound.noLists') }}
        columns={[
          { title: t('outbound.name'), dataIndex: 'name', render: (text: string) => <bdi>{text}</bdi> },
          { title: t('outbound.kind'), dataIndex: 'kind', render: (one: string) => t(`callListKind.${one}`) },
          { title: t('list.state'), dataIndex: 'state', render: (one: string) => t(`callListState.${one}`) },
          { title: t('outbound.progress'), render: (_: unknown, one) => <Progress list={one} /> },
          {
            title: t('callback.actions'),
            render: (_: unknown, one) => (
              <Space wrap>
                <Load onText={(csv) => load.mutate({ id: one.id, csv })} />
                <Button size="small" data-testid="open-list" onClick={() => save.mutate({ ...one, state: one.state === 'open' ? 'paused' : 'open' })}>{t(one.state === 'open' ? 'outbound.pause' : 'outbound.open')}</Button>
                <Button size="small" onClick={() => setShown(one)}>{t('outbound.people')}</Button>
                <Popconfirm title={t('outbound.closeSure')} onConfirm={() => save.mutate({ ...one, state: 'closed' })}>
                  <Button size="small" danger>{t('action.close')}</Button>
                </Popconfirm>
              </Space>
            ),
          },
        ]}
      />
      {shown && <People list={shown} onClose={() => setShown(undefined)} />}
    </>
  )
}

function Progress({ list: { progress } }: { list: CallList }) {
  const { t } = useTranslation()
  const results = Object.entries(progress.results).map(([result, n]) => `${t(`callResult.${result}`)} ${n}`)
  return <>{t('outbound.counts', { done: progress.total - progress.open, total: progress.total, hand: progress.inHand, uncoded: progress.uncoded })} <bdi>{results.join(', ')}</bdi></>
}

/** A file of the person's own, read in the page. */
function Load({ onText }: { onText: (text: string) => void }) {
  const { t } = useTranslation()
  return (
    <label className="ant-btn ant-btn-default ant-btn-sm">
      {t('outbound.load')}
      <input
        type="file" accept=".csv,text/csv" hidden data-testid="load-list"
        onChange={(event) => {
          const file = event.target.files?.[0]
          event.target.value = ''
          void file?.text().then(onText)
        }}
      />
    </label>
  )
}

function People({ list, onClose }: { list: CallList; onClose: () => void }) {
  const { t } = useTranslation()
  const people = useEntries(list.id)
  return (
    <Modal open width={900} title={<bdi>{list.name}</bdi>} footer={null} onCancel={onClose}>
      <FaultNote error={people.error} />
      <Table<CallEntry>
        rowKey="id" size="small" loading={people.isPending} dataSource={people.data?.pages.flatMap((page) => page.items) ?? []} pagination={false} scroll={{ x: 'max-content' }}
        columns={[
          { title: t('callback.number'), dataIndex: 'number', render: (text: string) => <Ltr>{text}</Ltr> },
          { title: t('form.name'), dataIndex: 'name', render: (text: string) => <bdi>{text}</bdi> },
          { title: t('list.state'), render: (_: unknown, one) => (one.ended ? t(`callEnd.${one.ended}`) : one.leasedBy ? <bdi>{one.leasedBy}</bdi> : <Ltr>{dateTime(one.dueAt)}</Ltr>) },
          { title: t('outbound.tries'), render: (_: unknown, one) => <Tries tries={one.tries} /> },
        ]}
      />
      {people.hasNextPage && <Button onClick={() => void people.fetchNextPage()} loading={people.isFetchingNextPage}>{t('list.more')}</Button>}
    </Modal>
  )
}
