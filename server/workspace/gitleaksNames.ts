/** Which of our rules stand for one of gitleaks' own, by its id. */
export const gitleaksNames: ReadonlyMap<string, readonly string[]> = new Map([
  ['generic-api-key', ['generic-secret-assignment', 'generic-password-assignment']],
]);
