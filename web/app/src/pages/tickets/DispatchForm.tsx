import { Button, Input, Radio, Select, Space, Tag } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Panel } from '../../components/Panel'
import { useAgencies, useCatalogue } from '../../api/reference'
import type { Ticket } from '../../api/types'
import { FaultNote } from '../../components/Fault'

interface Props {
  ticket: Ticket
  busy: boolean
  onRun: (body: { agency: string; opinion: string }) => void
}

/** Dispatch (派单): the agencies the catalogue proposes first, with the reason, then any other. */
export function DispatchForm({ ticket, busy, onRun }: Props) {
  const { t } = useTranslation()
  const proposed = useCatalogue(ticket.category, ticket.region)
  const agencies = useAgencies()
  const [agency, setAgency] = useState<string>()
  const [opinion, setOpinion] = useState('')
  const suggestions = proposed.data ?? []
  return (
    <Panel title={t('command.dispatch')}>
      <FaultNote error={proposed.error} />
      <Radio.Group aria-label={t('dispatch.proposed')} value={agency} onChange={(event) => setAgency(event.target.value as string)} className="proposed">
        {suggestions.map((one) => (
          <Radio key={one.agency} value={one.agency} data-testid="dispatch-agency">
            <bdi>{one.name}</bdi> <Tag>{t('dispatch.catalogue')}</Tag> <bdi className="reason">{one.reason}</bdi>
          </Radio>
        ))}
      </Radio.Group>
      <div className="columns">
        <Select
          aria-label={t('dispatch.other')}
          placeholder={t('dispatch.other')}
          data-testid="dispatch-other"
          showSearch={{ optionFilterProp: 'label' }}
          allowClear
          value={suggestions.some((one) => one.agency === agency) ? undefined : agency}
          onChange={(value?: string) => setAgency(value)}
          options={(agencies.data ?? []).map((one) => ({ value: one.code, label: one.name }))}
        />
        <Input aria-label={t('dispatch.opinion')} placeholder={t('dispatch.opinion')} maxLength={500} dir="auto" value={opinion} onChange={(event) => setOpinion(event.target.value)} />
      </div>
      <Space className="form-actions">
        <Button type="primary" data-testid="dispatch" disabled={!agency} loading={busy} onClick={() => agency && onRun({ agency, opinion: opinion.trim() })}>
          {t('command.dispatch')}
        </Button>
      </Space>
    </Panel>
  )
}
