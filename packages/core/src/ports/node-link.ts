import type { NodeId, Nonce } from '../model/ids.ts';
import type { ManagerMessage, NodeMessage } from '../protocol/messages.ts';

/** The manager's end of the links to all nodes. Sending to a node that is not linked does nothing and answers false. */
export interface NodeLink {
  send(node: NodeId, message: ManagerMessage): boolean;
  /** Ends the link of this node; what it sent before is still delivered first. */
  close(node: NodeId): void;
  onMessage(handler: (node: NodeId, nonce: Nonce, message: NodeMessage) => void): void;
  onClosed(handler: (node: NodeId, nonce: Nonce) => void): void;
}
