import { managerBundle } from '../server/manager-bundle.ts';

/** What editors check definitions with: JSON Schemas of the YAML files, and the types of TypeScript definitions. */
export async function editorFiles(): Promise<Readonly<Record<'experiment' | 'clusters' | 'typescript', string>>> {
  const { clustersEditorSchema, definitionTypes, experimentEditorSchema } = await managerBundle();
  const json = (schema: unknown) => `${JSON.stringify(schema, null, 2)}\n`;
  return { experiment: json(experimentEditorSchema()), clusters: json(clustersEditorSchema()), typescript: definitionTypes() };
}
