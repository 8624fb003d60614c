import { Alert, Form, Modal, Select } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { listDevices } from '../media'
import type { DeviceList } from '../media'
import { chosenDevices, keepDevices, usePhone, usePhoneState } from './PhoneContext'

/** Microphone and speaker; kept for this browser, used at once. */
export default function DevicesDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const phone = usePhone()
  const { desk } = usePhoneState()
  const [chosen, setChosen] = useState(() => ({ ...chosenDevices(), ...(desk && { byPhone: desk.byPhone ?? false }) }))
  const [list, setList] = useState<DeviceList>({ microphones: [], speakers: [] })
  useEffect(() => {
    const read = () => void listDevices().then(setList)
    read()
    navigator.mediaDevices?.addEventListener('devicechange', read)
    return () => navigator.mediaDevices?.removeEventListener('devicechange', read)
  }, [])
  const options = (devices: DeviceList['microphones']) => [
    { value: '', label: t('phone.systemDevice') },
    ...devices.filter((one) => one.id !== 'default').map((one) => ({ value: one.id, label: one.label })),
  ]
  const save = async () => {
    keepDevices(chosen)
    const audio = document.querySelector<HTMLAudioElement>('[data-testid=remote-audio]')
    if (audio && 'setSinkId' in audio) await audio.setSinkId(chosen.speaker).catch(() => undefined)
    await phone.chooseDevices(chosen)
    onClose()
  }
  return (
    <Modal open title={t('phone.devices')} onCancel={onClose} onOk={() => void save()} okText={t('action.save')} cancelText={t('action.cancel')}>
      <Form layout="vertical">
        <Form.Item label={t('phone.sound')} htmlFor="sound">
          <Select
            id="sound"
            value={chosen.byPhone ? 'phone' : 'page'}
            options={[{ value: 'page', label: t('phone.soundPage') }, { value: 'phone', label: t('phone.soundPhone') }]}
            onChange={(sound) => setChosen({ ...chosen, byPhone: sound === 'phone' })}
          />
        </Form.Item>
        {chosen.byPhone && <Alert type={desk && !desk.phoneUp ? 'warning' : 'info'} title={t(desk && !desk.phoneUp ? 'phone.phoneGone' : 'phone.soundHint')} />}
        <Form.Item label={t('phone.microphone')} htmlFor="microphone">
          <Select id="microphone" value={chosen.microphone} options={options(list.microphones)} onChange={(microphone) => setChosen({ ...chosen, microphone })} />
        </Form.Item>
        <Form.Item label={t('phone.speaker')} htmlFor="speaker">
          <Select id="speaker" value={chosen.speaker} options={options(list.speakers)} onChange={(speaker) => setChosen({ ...chosen, speaker })} />
        </Form.Item>
      </Form>
    </Modal>
  )
}
