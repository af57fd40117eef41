import { type Connection, MessageType, ShowMessageNotification } from 'vscode-languageserver/node';

const types = { info: MessageType.Info, warning: MessageType.Warning, error: MessageType.Error } as const;

/** A message that asks for no answer. The library's own functions send a request each time, which some clients put up as a prompt. */
export function tell(connection: Connection, type: keyof typeof types, message: string): void {
  void connection.sendNotification(ShowMessageNotification.type, { type: types[type], message });
}
