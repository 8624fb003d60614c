import { Form, Input, Select, Skeleton } from 'antd'
import { useTranslation } from 'react-i18next'
import { useLanguageKeys, useSaveLanguageKeys } from '../../api/routing'
import type { LanguageKey } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Panel } from '../../components/Panel'
import { EditForm } from './EditForm'
import { Rows } from './Rows'

/** The notice itself is Chinese, which needs no key. */
const keyed = ['ug', 'kk'] as const

/** Keys that choose a language while the opening notice plays, told of in this order. */
export function LanguageKeyForm() {
  const { t } = useTranslation()
  const list = useLanguageKeys()
  const save = useSaveLanguageKeys()
  if (list.error) return <FaultNote error={list.error} />
  if (!list.isFetchedAfterMount) return <Skeleton active />
  return (
    <Panel>
      <EditForm<LanguageKey[], { items: LanguageKey[] }>
        what="languages" row={list.data} values={(items = []) => ({ items })} body={({ items }) => items} save={save} reload={async () => (await list.refetch()).data}
        onDone={() => undefined}
      >
        <Rows name="items" label={t('routing.part.languages')} hint={t('routing.languageKeysHint')} most={keyed.length} ordered blank={() => ({})}>
          {(place) => (
            <>
              <Form.Item name={[place, 'language']} label={t('form.language')} rules={[{ required: true, message: t('edit.choose') }]}>
                <Select className="row-choice" options={keyed.map((value) => ({ value, label: t(`spoken.${value}`) }))} />
              </Form.Item>
              <Form.Item name={[place, 'key']} label={t('routing.key')} rules={[{ required: true, pattern: /^[0-9*#]$/, message: t('routing.keyHint') }]}>
                <Input dir="ltr" className="clock-time" maxLength={1} />
              </Form.Item>
            </>
          )}
        </Rows>
      </EditForm>
    </Panel>
  )
}
