import { Alert, Button, Checkbox, Form, Input, Modal, Popconfirm, Space, Switch, Table, Tag } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { usePingWebhook, useRemoveWebhook, useRenewWebhook, useSaveWebhook, useWebhooks } from '../../api/webhooks'
import type { Webhook, WebhookChange } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { Panel } from '../../components/Panel'
import { dateTime } from '../../components/time'
import { Tokens } from './Tokens'

/** Other systems that are told of events (事件推送). */
export default function WebhooksPage() {
  const { t } = useTranslation()
  const list = useWebhooks()
  const renew = useRenewWebhook()
  const remove = useRemoveWebhook()
  const ping = usePingWebhook()
  const [edited, setEdited] = useState<Partial<Webhook>>()
  const [secret, setSecret] = useState<string>()
  return (
    <section aria-label={t('menu.webhooks')}>
      <h1>{t('menu.webhooks')}</h1>
      <Space className="filters"><Button type="primary" onClick={() => setEdited({})}>{t('webhook.add')}</Button></Space>
      <FaultNote error={list.error ?? renew.error ?? remove.error ?? ping.error} />
      {ping.isSuccess && <Alert type="success" closable title={t('webhook.pinged')} />}
      <Table<Webhook>
        rowKey="id" size="small" loading={list.isPending} dataSource={list.data?.items} pagination={false}
        locale={{ emptyText: list.isPending ? ' ' : t('webhook.empty') }} scroll={{ x: 'max-content' }}
        columns={[
          { title: t('webhook.url'), dataIndex: 'url', render: (url: string) => <Ltr>{url}</Ltr> },
          { title: t('webhook.events'), dataIndex: 'events', render: (events: string[]) => <Ltr>{events.join(', ')}</Ltr> },
          { title: t('webhook.state'), render: (_: unknown, one) => <State hook={one} /> },
          {
            title: t('callback.actions'),
            render: (_: unknown, one) => (
              <Space>
                <Button size="small" onClick={() => setEdited(one)}>{t('webhook.change')}</Button>
                <Button size="small" disabled={!one.enabled} onClick={() => ping.mutate(one.id)}>{t('webhook.ping')}</Button>
                <Popconfirm title={t('webhook.renewSure')} onConfirm={() => renew.mutate(one.id, { onSuccess: setSecret })}>
                  <Button size="small">{t('webhook.renew')}</Button>
                </Popconfirm>
                <Popconfirm title={t('webhook.removeSure')} onConfirm={() => remove.mutate(one.id)}>
                  <Button size="small" danger>{t('webhook.remove')}</Button>
                </Popconfirm>
              </Space>
            ),
          },
        ]}
      />
      {edited && <Editor hook={edited} types={list.data?.types ?? []} onSecret={setSecret} onClose={() => setEdited(undefined)} />}
      <Panel title={t('token.title')}><Tokens onSecret={setSecret} /></Panel>
      <Modal open={secret !== undefined} title={t('webhook.secret')} footer={null} onCancel={() => setSecret(undefined)}>
        <p>{t('webhook.secretOnce')}</p>
        <Input readOnly dir="ltr" value={secret} aria-label={t('webhook.secret')} />
      </Modal>
    </section>
  )
}

function State({ hook }: { hook: Webhook }) {
  const { t } = useTranslation()
  if (hook.disabledAt) return <><Tag color="red">{t('webhook.disabled')}</Tag> <Ltr>{dateTime(hook.disabledAt)}</Ltr></>
  if (!hook.enabled) return <Tag>{t('webhook.off')}</Tag>
  if (hook.failingSince) return <><Tag color="orange">{t('webhook.failing')}</Tag> <Ltr>{hook.lastError}</Ltr></>
  return <Tag color="green">{t('webhook.on')}</Tag>
}

function Editor({ hook, types, onSecret, onClose }: { hook: Partial<Webhook>; types: string[]; onSecret: (secret: string) => void; onClose: () => void }) {
  const { t } = useTranslation()
  const save = useSaveWebhook()
  const [form] = Form.useForm<WebhookChange>()
  const submit = (given: WebhookChange) =>
    save.mutate({ ...given, enabled: given.enabled ?? true, id: hook.id }, {
      onSuccess: (secret) => {
        if (secret) onSecret(secret)
        onClose()
      },
    })
  return (
    <Modal open title={t(hook.id ? 'webhook.edit' : 'webhook.add')} okText={t('action.save')} cancelText={t('action.cancel')} confirmLoading={save.isPending} onOk={form.submit} onCancel={onClose}>
      <FaultNote error={save.error} />
      <Form<WebhookChange> form={form} layout="vertical" onFinish={submit} initialValues={{ url: hook.url, events: hook.events, enabled: hook.enabled ?? true }}>
        <Form.Item name="url" label={t('webhook.url')} rules={[{ required: true }]}><Input dir="ltr" maxLength={500} placeholder="https://" /></Form.Item>
        <Form.Item name="events" label={t('webhook.events')} rules={[{ required: true }]}><Checkbox.Group options={types} /></Form.Item>
        {hook.id && <Form.Item name="enabled" label={t('webhook.enabled')} valuePropName="checked"><Switch /></Form.Item>}
      </Form>
    </Modal>
  )
}
