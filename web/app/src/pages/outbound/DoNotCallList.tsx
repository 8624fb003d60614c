import { Button, Checkbox, Input, Popconfirm, Space, Table } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from '@tanstack/react-router'
import { useAddDoNotCall, useDoNotCalls, useEndDoNotCall } from '../../api/outbound'
import type { DoNotCall } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { dateTime } from '../../components/time'

const year = 365 * 86_400_000

/** Numbers that lists leave out (免打扰). */
export function DoNotCallList() {
  const { t } = useTranslation()
  const list = useDoNotCalls()
  const add = useAddDoNotCall()
  const end = useEndDoNotCall()
  const [number, setNumber] = useState('')
  const [text, setText] = useState(false)
  const submit = () => add.mutate({ number: number.trim(), text, until: new Date(Date.now() + year).toISOString() }, { onSuccess: () => setNumber('') })
  return (
    <>
      <Space wrap className="filters">
        <Input aria-label={t('callback.number')} placeholder={t('callback.number')} dir="ltr" maxLength={32} value={number} onChange={(event) => setNumber(event.target.value)} />
        <Checkbox checked={text} onChange={(event) => setText(event.target.checked)}>{t('outbound.asText')}</Checkbox>
        <Button disabled={!/^[\d+ -]{3,}$/.test(number.trim())} loading={add.isPending} onClick={submit}>{t('outbound.addNumber')}</Button>
      </Space>
      <FaultNote error={list.error ?? add.error ?? end.error} />
      <Table<DoNotCall>
        rowKey="id" size="small" loading={list.isPending} dataSource={list.data?.pages.flatMap((page) => page.items) ?? []} pagination={false} scroll={{ x: 'max-content' }}
        locale={{ emptyText: list.isPending ? ' ' : t('outbound.noNumbers') }}
        columns={[
          { title: t('callback.number'), dataIndex: 'number', render: (one: string) => <Ltr>{one}</Ltr> },
          { title: t('callback.reason'), render: (_: unknown, one) => <>{t(`doNotCallReason.${one.reason}`)} {one.text && t('outbound.asText')} <bdi>{one.note}</bdi></> },
          { title: t('outbound.until'), dataIndex: 'until', render: (at: string) => <Ltr>{dateTime(at)}</Ltr> },
          { title: t('outbound.by'), render: (_: unknown, one) => <><bdi>{one.by}</bdi> <Ltr>{dateTime(one.at)}</Ltr> {one.ticket && <Link to="/tickets/$number" params={{ number: one.ticket }}><Ltr>{one.ticket}</Ltr></Link>} {one.call && <Link to="/calls/$call" params={{ call: one.call }}>{t('ticket.toCall')}</Link>}</> },
          {
            title: t('callback.actions'),
            render: (_: unknown, one) => (
              <Popconfirm title={t('outbound.endSure')} onConfirm={() => end.mutate(one.id)}>
                <Button size="small">{t('outbound.end')}</Button>
              </Popconfirm>
            ),
          },
        ]}
      />
      {list.hasNextPage && <Button onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>{t('list.more')}</Button>}
    </>
  )
}
