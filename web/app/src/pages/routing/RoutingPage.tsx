import { Tabs } from 'antd'
import { useTranslation } from 'react-i18next'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { routingParts } from '../../app/roles'
import type { RoutingPart } from '../../app/roles'
import { AgentList } from './AgentList'
import { LanguageKeyForm } from './LanguageKeyForm'
import { QueueList } from './QueueList'
import { SkillForm } from './SkillForm'

const parts: Record<RoutingPart, () => React.ReactNode> = { queues: QueueList, skills: SkillForm, agents: AgentList, languages: LanguageKeyForm }

/** Who gets which call: queues, the catalogue of skills, what agents can, keys of languages. */
export default function RoutingPage() {
  const { t } = useTranslation()
  const { part } = useSearch({ from: '/staff/routing' })
  const navigate = useNavigate()
  return (
    <section aria-label={t('menu.routing')}>
      <h1>{t('menu.routing')}</h1>
      <Tabs
        activeKey={part} destroyOnHidden
        onChange={(next) => void navigate({ to: '/routing', search: { part: next as RoutingPart } })}
        items={routingParts.map((key) => {
          const Part = parts[key]
          return { key, label: <span data-testid={`routing-${key}`}>{t(`routing.part.${key}`)}</span>, children: <Part /> }
        })}
      />
    </section>
  )
}
