import { Form, Input, Skeleton } from 'antd'
import { useTranslation } from 'react-i18next'
import { useSaveSkills, useSkills } from '../../api/routing'
import type { SkillName } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Panel } from '../../components/Panel'
import { EditForm } from './EditForm'
import { idRule } from './QueueFields'
import { Rows } from './Rows'

/** The catalogue of skills, which queues ask for and agents have. */
export function SkillForm() {
  const { t } = useTranslation()
  const list = useSkills()
  const save = useSaveSkills()
  if (list.error) return <FaultNote error={list.error} />
  if (!list.isFetchedAfterMount) return <Skeleton active />
  return (
    <Panel>
      <EditForm<SkillName[], { items: SkillName[] }>
        what="skills" row={list.data} values={(items = []) => ({ items })} body={({ items }) => items} save={save} reload={async () => (await list.refetch()).data}
        onDone={() => undefined}
      >
        <Rows name="items" label={t('routing.part.skills')} hint={t('routing.skillsHint')} most={200} ordered blank={() => ({})}>
          {(place) => (
            <>
              <Form.Item name={[place, 'name']} label={t('routing.name')} rules={[{ required: true, whitespace: true, message: t('edit.fill') }]}><Input maxLength={60} /></Form.Item>
              <Form.Item name={[place, 'id']} label={t('routing.id')} rules={[{ required: true, pattern: idRule, message: t('routing.idHint') }]}><Input dir="ltr" maxLength={40} /></Form.Item>
            </>
          )}
        </Rows>
      </EditForm>
    </Panel>
  )
}
