/** The one softphone of this tab, for every component below. */
import { createContext, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import type { ReactNode } from 'react'
import { onCall } from '../machine'
import type { SoftphoneState } from '../machine'
import { browserMedia } from '../media'
import type { Devices } from '../media'
import { Phone } from '../phone'
import { Ringtone } from '../ringtone'

const devicesKey = 'hotline.devices'

interface PhoneAndRing {
  phone: Phone
  ringtone: Ringtone
}

const PhoneContext = createContext<PhoneAndRing | undefined>(undefined)

function socketURL(): string {
  const url = new URL('/api/v1/softphone', window.location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  return url.href
}

export function chosenDevices(): Devices {
  try {
    const kept = JSON.parse(localStorage.getItem(devicesKey) ?? '{}') as Partial<Devices>
    return { microphone: kept.microphone ?? '', speaker: kept.speaker ?? '', byPhone: kept.byPhone ?? false }
  } catch {
    return { microphone: '', speaker: '' }
  }
}

export function keepDevices(devices: Devices): void {
  localStorage.setItem(devicesKey, JSON.stringify(devices))
}

/**
 * `enabled`: this person (`owner`, an account id) may take calls; only then a shift that
 * was on comes back after a reload. `startsReady`: taking calls is what the shift is for.
 */
export function PhoneProvider({ owner, enabled, startsReady, children }: { owner: string; enabled: boolean; startsReady: boolean; children: ReactNode }) {
  const [value] = useState<PhoneAndRing>(() => ({
    phone: new Phone({ url: socketURL(), owner, startsReady, media: browserMedia, storage: sessionStorage }),
    ringtone: new Ringtone(),
  }))
  useEffect(() => {
    const { phone, ringtone } = value
    const back = () => phone.networkBack()
    window.addEventListener('online', back)
    if (enabled && phone.shiftWasOn()) {
      ringtone.unlock()
      phone.start(chosenDevices(), true)
    }
    return () => {
      window.removeEventListener('online', back)
      ringtone.silence()
      phone.leave()
    }
  }, [value, enabled])
  return <PhoneContext value={value}>{children}</PhoneContext>
}

function useContextValue(): PhoneAndRing {
  const value = useContext(PhoneContext)
  if (!value) throw new Error('PhoneProvider is missing above this component')
  return value
}

export const usePhone = (): Phone => useContextValue().phone
export const useRingtone = (): Ringtone => useContextValue().ringtone

export function usePhoneState(): SoftphoneState {
  const phone = usePhone()
  return useSyncExternalStore(phone.subscribe, phone.snapshot)
}

/** Whether a call rings or lives on this desk: then nobody signs out. */
export function useOnCall(): boolean {
  const phone = usePhone()
  return useSyncExternalStore(phone.subscribe, () => onCall(phone.snapshot()))
}

export function useRemoteStream(): MediaStream | undefined {
  const phone = usePhone()
  return useSyncExternalStore(phone.subscribe, phone.remoteStream)
}
