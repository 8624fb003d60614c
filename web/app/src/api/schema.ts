interface Answers {
  parameters: object
  requestBody?: { content: { 'application/json': object } }
  responses: { 200: { content: { 'application/json': never } } }
}

export type paths = Record<string, Record<'get' | 'post' | 'delete', Answers>>
