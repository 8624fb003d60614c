import { Alert, Button, Form, Input } from 'antd'
import { useTranslation } from 'react-i18next'
import { Panel } from '../../components/Panel'
import { useSessionEnded, useSignIn } from '../../api/session'
import { LanguageSwitch } from '../../app/LanguageSwitch'
import { FaultNote } from '../../components/Fault'

interface Fields {
  login: string
  password: string
}

export function SignInPage() {
  const { t } = useTranslation()
  const signIn = useSignIn()
  const ended = useSessionEnded()
  return (
    <main className="sign-in">
      <h1 className="unseen">{t('signIn.submit')}</h1>
      <Panel title={t('app.title')}>
        <p><LanguageSwitch /></p>
        <Form<Fields> layout="vertical" onFinish={(fields) => signIn.mutate(fields)} requiredMark={false}>
          <Form.Item name="login" label={t('signIn.login')} rules={[{ required: true }]}>
            <Input data-testid="login" autoComplete="username" autoFocus maxLength={64} dir="ltr" />
          </Form.Item>
          <Form.Item name="password" label={t('signIn.password')} rules={[{ required: true }]}>
            <Input.Password data-testid="password" autoComplete="current-password" maxLength={256} dir="ltr" visibilityToggle={false} />
          </Form.Item>
          {ended && !signIn.error && <Alert type="info" role="status" className="form-alert" title={t('fault.not-signed-in')} />}
          <FaultNote error={signIn.error} />
          <Button type="primary" htmlType="submit" block data-testid="sign-in" loading={signIn.isPending}>
            {t('signIn.submit')}
          </Button>
        </Form>
      </Panel>
    </main>
  )
}
