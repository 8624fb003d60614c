import { Button, Space } from 'antd'
import { useTranslation } from 'react-i18next'
import { useNavigate } from '@tanstack/react-router'
import type { SuperviseMode, Supervision } from '../../api/supervision'
import { Confirm } from '../../components/Confirm'

const modes: SuperviseMode[] = ['monitor', 'whisper', 'barge']

/** Listen, whisper, break in, take over; `mode` is what she does in the call already. */
export function SuperviseButtons({ call, mode, act }: { call: string; mode?: SuperviseMode; act: Supervision }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  // The caller is hers now: what is known of him, and the ticket, are on the desk.
  const takeOver = () => act.mutate({ do: 'takeOver', call }, { onSuccess: () => void navigate({ to: '/desk' }) })
  return (
    <Space wrap size={4}>
      {modes.map((one) => (
        <Button
          key={one} size="small" data-testid={`supervise-${one}`} title={t(`supervise.hint.${one}`)}
          type={one === mode ? 'primary' : 'default'} aria-pressed={one === mode} disabled={act.isPending}
          onClick={() => act.mutate({ do: one, call })}
        >
          {t(`supervise.${one}`)}
        </Button>
      ))}
      <Confirm
        label={t('supervise.takeOver')} testId="take-over" text={t('supervise.takeOverText')} disabled={act.isPending}
        choices={[{ label: t('supervise.takeOver'), testId: 'take-over-yes', onChoose: takeOver }]}
      />
    </Space>
  )
}
