import { Button, Form, Input, Popconfirm, Select, Space, Table, Tag } from 'antd'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAgencies } from '../../api/reference'
import { useDirectoryEntries, useRemoveDirectoryEntry, useSaveDirectoryEntry } from '../../api/routing'
import type { DirectoryEntry } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { EditForm } from './EditForm'
import { idRule } from './QueueFields'

const kinds: DirectoryEntry['kind'][] = ['expert', 'hotline', 'other']

/** Whom agents reach outside, by name (号码簿): experts of agencies, other places' 12345, other numbers. */
export default function DirectoryPage() {
  const { t } = useTranslation()
  const list = useDirectoryEntries()
  const agencies = new Map(useAgencies().data?.map((one) => [one.code, one.name]))
  const remove = useMutation({ mutationFn: useRemoveDirectoryEntry() })
  const save = useSaveDirectoryEntry()
  const [edited, setEdited] = useState<{ id?: string }>()
  const row = list.data?.find((one) => one.id === edited?.id)
  return (
    <section aria-label={t('menu.directory')}>
      <h1>{t('menu.directory')}</h1>
      <Space className="filters"><Button type="primary" data-testid="directory-add" onClick={() => setEdited({})}>{t('directoryPage.add')}</Button></Space>
      <FaultNote error={list.error ?? remove.error} />
      <Table<DirectoryEntry>
        rowKey="id" size="small" loading={list.isPending} dataSource={list.data} scroll={{ x: 'max-content' }}
        pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }} locale={{ emptyText: list.isPending ? ' ' : t('directoryPage.empty') }}
        columns={[
          { title: t('routing.name'), render: (_, one) => <><bdi>{one.name}</bdi> <Ltr className="reason">{one.id}</Ltr></> },
          { title: t('list.kind'), dataIndex: 'kind', render: (kind: string) => <Tag>{t(`directory.${kind}`)}</Tag> },
          { title: t('list.agency'), dataIndex: 'agency', render: (code: string) => <bdi>{agencies.get(code) ?? code}</bdi> },
          { title: t('callback.number'), dataIndex: 'number', render: (number: string) => <Ltr>{number}</Ltr> },
          {
            title: t('callback.actions'),
            render: (_, one) => (
              <Space>
                <Button size="small" data-testid={`entry-${one.id}`} onClick={() => setEdited(one)}>{t('webhook.change')}</Button>
                <Popconfirm title={t('directoryPage.removeSure')} onConfirm={() => remove.mutate(one.id)}>
                  <Button size="small" danger>{t('webhook.remove')}</Button>
                </Popconfirm>
              </Space>
            ),
          },
        ]}
      />
      {edited && (
        <EditForm<DirectoryEntry, DirectoryEntry>
          key={edited.id} title={row ? row.name : t('directoryPage.add')} what={`directory.${row?.id ?? ''}`} row={row} save={save} reload={async () => (await list.refetch()).data?.find((one) => one.id === edited.id)}
          values={(one) => one ?? { id: '', kind: 'expert', name: '', agency: '', number: '' }} body={entryBody} onDone={() => setEdited(undefined)}
        >
          <Fields known={row !== undefined} agencies={agencies} />
        </EditForm>
      )}
    </section>
  )
}

/** Only an expert is of an agency. */
const entryBody = (values: DirectoryEntry): DirectoryEntry => ({ ...values, name: values.name.trim(), number: values.number.trim(), agency: values.kind === 'expert' ? values.agency : '' })

function Fields({ known, agencies }: { known: boolean; agencies: Map<string, string> }) {
  const { t } = useTranslation()
  const kind = Form.useWatch<DirectoryEntry['kind'] | undefined>('kind')
  return (
    <>
      <Form.Item name="kind" label={t('list.kind')}><Select options={kinds.map((value) => ({ value, label: t(`directory.${value}`) }))} /></Form.Item>
      <Form.Item name="name" label={t('routing.name')} rules={[{ required: true, whitespace: true }]}><Input maxLength={60} data-testid="entry-name" /></Form.Item>
      <Form.Item name="id" label={t('routing.id')} extra={known ? undefined : t('routing.idHint')} rules={[{ required: true, pattern: idRule, message: t('routing.idHint') }]}>
        <Input dir="ltr" maxLength={40} disabled={known} data-testid="entry-id" />
      </Form.Item>
      {kind === 'expert' && (
        <Form.Item name="agency" label={t('list.agency')} rules={[{ required: true }]}>
          <Select showSearch={{ optionFilterProp: 'label' }} options={[...agencies].map(([value, label]) => ({ value, label }))} />
        </Form.Item>
      )}
      <Form.Item name="number" label={t('callback.number')} rules={[{ required: true, pattern: /^\+?\d{3,20}$/, message: t('form.phoneWrong') }]}>
        <Input dir="ltr" inputMode="tel" maxLength={21} data-testid="entry-number" />
      </Form.Item>
    </>
  )
}
