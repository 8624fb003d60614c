import { Skeleton } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useRoutingQueues, useSaveQueue } from '../../api/routing'
import type { RoutingQueue } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { EditForm } from './EditForm'
import { QueueBasics, QueueCallback, QueueHours, QueueService, QueueTargets } from './QueueFields'
import { queueBody, queueValues } from './queueForm'
import type { QueueValues } from './queueForm'

/** One queue: who serves it, how long its callers wait, and where they go then. */
export default function QueuePage() {
  const { t } = useTranslation()
  const { id } = useSearch({ from: '/staff/routing/queue' })
  const navigate = useNavigate()
  const list = useRoutingQueues()
  const save = useSaveQueue()
  const row = list.data?.find((one) => one.id === id)
  if (list.error) return <FaultNote error={list.error} />
  if (!list.isFetchedAfterMount) return <Skeleton active />
  const back = <Link to="/routing" search={{ part: 'queues' }}>{t('routing.part.queues')}</Link>
  if (id && !row) return <section><h1>{t('routing.noQueue')}</h1>{back}</section>
  return (
    <section aria-label={t('routing.queue')}>
      <h1>{row ? <bdi>{row.name}</bdi> : t('routing.addQueue')} <small className="at">{back}</small></h1>
      <EditForm<RoutingQueue, QueueValues>
        what={`queue.${id ?? ''}`} row={row} values={queueValues} body={queueBody} save={save} reload={async () => (await list.refetch()).data?.find((one) => one.id === id)}
        onDone={(saved) => saved && void navigate({ to: '/routing', search: { part: 'queues' } })}
      >
        <div className="queue-form">
          <QueueBasics known={row !== undefined} />
          <QueueService />
          <QueueTargets own={id} />
          <QueueHours own={id} />
          <QueueCallback />
        </div>
      </EditForm>
    </section>
  )
}
