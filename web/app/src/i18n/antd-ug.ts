/** Ant Design's texts in Uyghur, for the components that this page uses. */
import type { Locale } from 'antd/es/locale'
import en from 'antd/es/locale/en_US'

const ug: Locale = {
  ...en,
  locale: 'ug',
  global: { placeholder: 'تاللاڭ' },
  DatePicker: {
    ...en.DatePicker!,
    lang: {
      ...en.DatePicker!.lang,
      locale: 'ug-cn', // as dayjs calls it
      placeholder: 'چېسلا تاللاڭ',
      rangePlaceholder: ['باشلانغان چېسلا', 'ئاخىرلاشقان چېسلا'],
      today: 'بۈگۈن',
      now: 'ھازىر',
      ok: 'جەزملەش',
      clear: 'تازىلاش',
      month: 'ئاي',
      year: 'يىل',
      monthSelect: 'ئاي تاللاش',
      yearSelect: 'يىل تاللاش',
      previousMonth: 'ئالدىنقى ئاي',
      nextMonth: 'كېيىنكى ئاي',
      previousYear: 'ئالدىنقى يىل',
      nextYear: 'كېيىنكى يىل',
      monthFormat: 'MM',
      shortMonths: Array.from({ length: 12 }, (_, month) => `${month + 1}-ئاي`),
      shortWeekDays: ['يە', 'دۈ', 'سە', 'چا', 'پە', 'جۈ', 'شە'],
    },
  },
  Pagination: {
    items_per_page: '/ بەت',
    jump_to: 'بەتكە يۆتكىلىش',
    jump_to_confirm: 'جەزملەش',
    page: 'بەت',
    prev_page: 'ئالدىنقى بەت',
    next_page: 'كېيىنكى بەت',
    prev_5: 'ئالدىنقى 5 بەت',
    next_5: 'كېيىنكى 5 بەت',
    prev_3: 'ئالدىنقى 3 بەت',
    next_3: 'كېيىنكى 3 بەت',
    page_size: 'بەت چوڭلۇقى',
  },
  Table: {
    ...en.Table,
    filterTitle: 'سۈزگۈچ',
    filterConfirm: 'جەزملەش',
    filterReset: 'ئەسلىگە قايتۇرۇش',
    filterEmptyText: 'سۈزگۈچ يوق',
    emptyText: 'سانلىق مەلۇمات يوق',
    selectAll: 'ھەممىنى تاللاش',
    sortTitle: 'تەرتىپلەش',
    expand: 'قاتارنى يېيىش',
    collapse: 'قاتارنى يىغىش',
  },
  Modal: { okText: 'جەزملەش', cancelText: 'بىكار قىلىش', justOkText: 'بىلدىم' },
  Popconfirm: { okText: 'جەزملەش', cancelText: 'بىكار قىلىش' },
  Empty: { description: 'سانلىق مەلۇمات يوق' },
  Text: { edit: 'تەھرىرلەش', copy: 'كۆچۈرۈش', copied: 'كۆچۈرۈلدى', expand: 'يېيىش' },
  Form: {
    ...en.Form,
    optional: '(تاللانما)',
    defaultValidateMessages: {
      ...en.Form?.defaultValidateMessages,
      default: '${label} خاتا',
      required: '${label} نى تولدۇرۇڭ',
      whitespace: '${label} قۇرۇق بولمىسۇن',
      string: { len: '${label} ${len} ھەرپ بولسۇن', min: '${label} ئەڭ ئاز ${min} ھەرپ', max: '${label} ئەڭ كۆپ ${max} ھەرپ' },
    },
  },
}

export default ug
