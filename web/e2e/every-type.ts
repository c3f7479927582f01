// A small questionnaire with every type of question in it.
import type { Sheets } from './survey'

export const DIFFICULTIES = ['seeing', 'hearing', 'walking', 'remembering', 'selfcare', 'communicating']

/** A questionnaire of every type, beside which the help list lies. */
export function everyType(): Sheets {
  const survey = [
    'type,name,label::English (en),label::العربية (ar),hint::English (en),required,relevant,constraint,calculation,parameters',
    'start,start,,,,,,,,',
    'end,end,,,,,,,,',
    'today,today,,,,,,,,',
    "calculate,mode,,,,,,,'2',",
    'csv-external,referrals,,,,,,,,',
    'text,case_code,Your code,رمزك,As it was given to you.,yes,,"regex(., \'^[A-Z0-9-]{3,24}$\')",,',
    'begin_group,opening,Opening,البداية,,,,,,',
    'select_one languages,language,Language,اللغة,,yes,,,,',
    'select_one yes_no,consent,Do you agree?,هل توافق؟,,yes,,,,',
    'end_group,opening,,,,,,,,',
    'begin_group,inner,About you,عنك,,,${consent} = 1,,,',
    'select_one sexes,sex,Sex,الجنس,,yes,,,,',
    'integer,age,How old are you?,كم عمرك؟,,yes,,. >= 18 and . < 120,,',
    ...DIFFICULTIES.map((of) => `select_one difficulty,wg_${of},Do you have difficulty ${of}?,هل لديك صعوبة؟,,yes,,,,`),
    'decimal,hours,How many hours?,كم ساعة؟,,,,,,',
    'date,when,Since when?,منذ متى؟,,,,,,',
    'select_multiple things,things,Which of these?,أيّ منها؟,Mark all that are true.,yes,,,,',
    'rank things,order,In which order?,بأي ترتيب؟,,,,,,',
    'range,scale,How much?,كم؟,,,,,,start=0 end=10 step=2',
    'acknowledge,read,You have read this.,قرأت هذا.,,yes,,,,',
    'begin_repeat,child,Child,طفل,,,,,,',
    'integer,child_age,How old is the child?,كم عمر الطفل؟,,yes,,. >= 0 and . < 30,,',
    'end_repeat,child,,,,,,,,',
    'note,thanks,Thank **you**.,شكراً,,,,,,',
    'end_group,inner,,,,,,,,',
    'calculate,result,,,,,,,"if(${consent} = 2, 4, 1)",',
  ]
  const choices = ['list_name,name,label::English (en),label::العربية (ar)']
  for (const [list, ...rows] of [
    ['yes_no', '1,Yes,نعم', '2,No,لا'],
    ['sexes', '1,Female,أنثى', '2,Male,ذكر'],
    ['languages', 'en,English,الإنجليزية', 'ar,Arabic,العربية'],
    ['difficulty', '1,No difficulty,لا صعوبة', '2,Some,بعض', '3,A lot,كثير', '4,Cannot do,لا يستطيع', '7,Not said,لم يُقل', '9,Not known,غير معروف'],
    ['things', '1,One thing,شيء واحد', '2,Two things,شيئان', '3,Three things,ثلاثة أشياء'],
  ]) choices.push(...rows.map((row) => `${list},${row}`))
  const concepts = ['question,concept', ...['case_code,case', 'consent,consent', 'sex,sex', 'age,age', 'language,language', 'mode,mode', 'result,result', 'start,start', 'end,end', 'today,day', ...DIFFICULTIES.map((of) => `wg_${of},wg_${of}`)]]
  return new Map([
    ['survey.csv', survey.join('\n')],
    ['choices.csv', choices.join('\n')],
    ['settings.csv', 'form_title,form_id,version,default_language\nDaily life,daily,1,English (en)\n'],
    ['concepts.csv', concepts.join('\n')],
    ['languages.csv', 'language,status,forward_translation,back_translation,cognitive_test\nEnglish (en),original,,,\nالعربية (ar),signed-off,S-1,S-2,S-3\n'],
  ])
}
