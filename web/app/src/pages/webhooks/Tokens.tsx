import { Button, Input, Popconfirm, Space, Table } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAddToken, useRevokeToken, useTokens } from '../../api/tokens'
import type { ApiToken } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { dateTime } from '../../components/time'

const year = 365 * 86_400_000

/** Tokens by which other systems read events themselves. */
export function Tokens({ onSecret }: { onSecret: (secret: string) => void }) {
  const { t } = useTranslation()
  const list = useTokens()
  const add = useAddToken()
  const revoke = useRevokeToken()
  const [name, setName] = useState('')
  const submit = () => add.mutate({ name: name.trim(), until: new Date(Date.now() + year).toISOString() }, { onSuccess: (secret) => { setName(''); onSecret(secret) } })
  return (
    <>
      <p>{t('token.what')}</p>
      <Space wrap className="filters">
        <Input aria-label={t('token.name')} placeholder={t('token.name')} maxLength={60} value={name} onChange={(event) => setName(event.target.value)} />
        <Button disabled={!name.trim()} loading={add.isPending} onClick={submit}>{t('token.add')}</Button>
      </Space>
      <FaultNote error={list.error ?? add.error ?? revoke.error} />
      <Table<ApiToken>
        rowKey="id" size="small" loading={list.isPending} dataSource={list.data ?? []} pagination={false} scroll={{ x: 'max-content' }}
        locale={{ emptyText: list.isPending ? ' ' : t('token.empty') }}
        columns={[
          { title: t('token.name'), dataIndex: 'name', render: (text: string) => <bdi>{text}</bdi> },
          { title: t('outbound.by'), render: (_: unknown, one) => <><bdi>{one.by}</bdi> <Ltr>{dateTime(one.createdAt)}</Ltr></> },
          { title: t('outbound.until'), dataIndex: 'until', render: (at: string) => <Ltr>{dateTime(at)}</Ltr> },
          { title: t('token.used'), dataIndex: 'usedAt', render: (at?: string) => <Ltr>{dateTime(at) || '–'}</Ltr> },
          {
            title: t('callback.actions'),
            render: (_: unknown, one) => (
              <Popconfirm title={t('token.revokeSure')} onConfirm={() => revoke.mutate(one.id)}>
                <Button size="small" danger>{t('token.revoke')}</Button>
              </Popconfirm>
            ),
          },
        ]}
      />
    </>
  )
}
